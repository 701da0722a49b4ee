"""Facts about a flow that works: how well that was shown."""
