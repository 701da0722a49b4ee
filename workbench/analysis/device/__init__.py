"""What would one device do with one packet? Routes, rules, filters, translation, reverse path."""
