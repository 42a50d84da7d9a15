"""Schema changes, one numbered step each."""
