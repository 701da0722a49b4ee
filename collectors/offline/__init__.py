"""Recordings of a run, and how a recording answers in the place of devices."""
