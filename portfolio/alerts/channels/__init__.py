"""The ways out: one file per channel; none knows another, nor who decides what is told."""
