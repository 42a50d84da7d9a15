"""The plan: versions, sections, indicators; what was promised in general."""
