"""The plan as data: reading it, checking it against the text, loading it into a database."""
