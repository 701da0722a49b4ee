"""Facts about state: who remembers the session, who does not, and how long."""
