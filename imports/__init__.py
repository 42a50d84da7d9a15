"""Workbooks and exchange formats, both directions."""
