"""What is overdue, who is told, once."""
