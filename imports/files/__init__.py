"""From bytes that somebody sent to plain cells: limits first, then parsing in a child process."""
