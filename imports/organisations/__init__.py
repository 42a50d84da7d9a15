"""A city's list of units, taken in from a workbook: read, compared with what stands here, written as a whole."""
