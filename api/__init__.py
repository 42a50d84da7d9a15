"""The ways in: browser, REST, command line, clock."""
