"""Decisions from values alone: no database, no clock, no settings."""
