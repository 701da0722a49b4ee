"""Open pages hear that an incident changed, and who else looks at it."""
