"""The postmortem of an incident, and what to watch next time."""
