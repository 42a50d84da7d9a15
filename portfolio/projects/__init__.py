"""Projects, their duties, milestones, baselines, pauses; and who sees which."""
