"""Write what was shown: one transaction, attributed, and undone as a whole."""
