"""Reading across rooms for pages; no tables, no verbs."""
