"""The steps; each stands alone and imports nothing of ours."""
