"""How a run reaches devices, and how it is recorded: SSH, recordings and pasted output share one
interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from collectors.model.evidence import Evidence, Inquiry


class Asker(Protocol):
    """Answers inquiries. One persistent login per device and run; several devices, several
    questions each, at once."""

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Evidence]:
        """Ask all of them at once and yield each answer as it comes; never raises for what a device
        does.

        Exactly one Evidence per inquiry, whatever happens (NOT_ASKED, NO_ANSWER, REFUSED with a
        reason). An inquiry with a delay is sent that many seconds after the call. Evidence ids are
        left to the caller's numbering.
        """

    def close(self) -> None:
        """End all logins."""


class NotRecorded(Exception):
    """The intent could not be written down, so the command must not be sent."""


class Recorder(Protocol):
    """Writes the record of commands. An intent is written before a command is sent, its result
    after it."""

    def intend(self, inquiry: Inquiry, account: str, command: bytes) -> object:
        """Write down what is about to be sent; returns a token for `result`. Raises NotRecorded."""

    def result(self, token: object, evidence: Evidence) -> None:
        """Write down what came of it."""
