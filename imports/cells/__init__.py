"""From what stands in a cell to a value, and from a value to what is written into one."""
