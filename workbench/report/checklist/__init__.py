"""The twelve points of an investigation, and what the record says of each."""
