"""Pages for people: one router per noun."""
