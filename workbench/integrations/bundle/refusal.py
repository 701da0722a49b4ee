"""Why a bundle is not taken."""

from __future__ import annotations


class BadBundle(ValueError):
    """The bundle cannot be read, or is not what it says; the message is a sentence for people."""
