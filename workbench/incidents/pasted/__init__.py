"""What people pasted or uploaded: its pieces, their questions, and what was read."""
