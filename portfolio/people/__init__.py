"""Organisations, people, posts, accounts, sessions."""
