"""Demonstration data: plausible in shape, invented in every figure, marked wherever it shows."""
