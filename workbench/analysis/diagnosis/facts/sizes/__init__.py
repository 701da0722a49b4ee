"""Facts about sizes: which packets are too large, and which sender was told."""
