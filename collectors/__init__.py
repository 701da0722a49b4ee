"""Reach devices and turn what they say into records; pure Python, no Django."""
