"""The plan's own pages: its tree, its pieces, its text, its promises, indicators and targets."""
