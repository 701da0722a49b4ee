"""Facts about sizes: which packets are too large, and who was told."""
