"""From facts to what must be told: alerts open, worsen and end, rungs come due, digests are composed."""
