"""Takes bytes out of the record for good: of the thing itself, and of everything that quotes it."""
