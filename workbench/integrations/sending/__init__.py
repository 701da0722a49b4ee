"""Sends news of incidents to other systems, and to no address that it should not reach."""
