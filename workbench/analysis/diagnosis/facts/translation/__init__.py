"""Facts about translation: who translates, and what passes the translator by."""
