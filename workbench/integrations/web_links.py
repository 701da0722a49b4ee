"""Which addresses from outside become links on a page?"""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 500


def web_link(url: str) -> str:
    """The address, where it is one of the web that a page may link to; else nothing."""
    text = url.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    of_the_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    safe = text.isprintable() and " " not in text and len(text) <= LONGEST
    return text if of_the_web and safe else ""
