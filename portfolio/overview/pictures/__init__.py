"""Geometry of the pictures: pure functions from dates and sums to coordinates.

Drawn by the macros in `templates/components/pictures.html`; the words beside a picture are
theirs, the numbers here are pixels. Hollow is meant, dashed expected, solid happened.
"""
