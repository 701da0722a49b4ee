"""Facts about where a packet stops, and why a device would stop it."""
