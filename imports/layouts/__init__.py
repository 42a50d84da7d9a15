"""What our own workbooks look like, kind by kind, and the rows that stand in them."""
