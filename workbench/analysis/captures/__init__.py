"""What did capture points see? Observations, conversations, clocks, and who missed what."""
