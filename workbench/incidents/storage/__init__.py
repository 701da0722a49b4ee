"""How records and findings become rows, and are read again."""
