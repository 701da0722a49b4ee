"""What stops a start: one clear sentence and a way out."""


class StartRefused(Exception):
    """The text is for the user's terminal."""
