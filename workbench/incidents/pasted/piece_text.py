"""One piece of a paste as text, and what was typed above it."""

from __future__ import annotations

from collectors.paste.prompts import Typed
from collectors.paste.recognise import typed_command
from collectors.pcap.capture import is_capture

NOTHING_TYPED = Typed("")


def text_of(content: bytes) -> str:
    """What stands in it; a file of captured packets has no text."""
    return "" if is_capture(content) else content.decode("utf-8", "replace")


def typed_above(content: bytes) -> Typed:
    """What was typed above this output, on whose prompt."""
    return typed_command(text_of(content)) or NOTHING_TYPED
