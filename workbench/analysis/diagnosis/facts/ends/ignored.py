"""Does the server take the connection and the question, and leave the client without an answer?"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.case.findings import Attempt, ConnState, WatchedFrom
from workbench.analysis.diagnosis.context import Context


@dataclass(frozen=True, slots=True)
class Ignored:
    """The network carried the question and its acknowledgement; what should answer cannot be
    asked."""

    text: str
    # None = the server was not watched: its answer may be lost beyond the place that was
    server: str | None
    evidence: tuple[str, ...]

    @property
    def settle(self) -> str:
        """What would tell more."""
        if self.server is None:
            return "a capture at the server: does an answer leave it?"
        return (
            f"the log of the application on {self.server}, and what it waits for while a request is"
            " open"
        )


def ignored(context: Context) -> Ignored | None:
    """Was every question of the window acknowledged, and none answered before the client gave
    up?"""
    tried = [one for one in context.attempts if not one.ours]
    given_up = [one for one in tried if one.end is ConnState.UNANSWERED]
    if not given_up or not all(map(_unanswered, tried)):
        return None
    last = given_up[-1]
    server = context.server if last.watch is WatchedFrom.BOTH_ENDS else None
    text = (
        f"{server or 'the other side'} accepts the connection and acknowledges the request, but"
        " sends no answer until the client gives up"
    )
    return Ignored(text, server, last.evidence)


def _unanswered(attempt: Attempt) -> bool:
    """Did the client give up, or does it still wait?"""
    return attempt.end is ConnState.UNANSWERED or attempt.waits
