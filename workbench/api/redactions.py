"""What stays of redacted bytes, as JSON."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from workbench.api.answers import Paged
from workbench.api.shapes import time
from workbench.incidents.models import Redaction


class RedactionAnswer(TypedDict):
    """What stays of redacted bytes."""

    number: int
    what: str
    why: str
    by: str
    at: str | None
    size: int
    sha256: str


class RedactionsAnswer(Paged):
    """What was redacted, in order."""

    redactions: list[RedactionAnswer]


def redaction(row: Redaction) -> RedactionAnswer:
    """What stays of redacted bytes."""
    return {
        "number": row.number,
        "what": row.what,
        "why": row.why,
        "by": row.by_name,
        "at": time(row.at),
        "size": row.size,
        "sha256": row.digest,
    }
