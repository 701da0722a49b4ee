"""What stops a start: one clear sentence and a way out."""


class Refusal(Exception):
    """The text is for the user's terminal."""
