"""The ways out: our workbooks with data and blank, CSV, and the sender's own file with its faults marked."""
