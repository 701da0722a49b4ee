"""Facts about packet filters: what they refuse, and whether by policy."""
