"""Does the server close connections in a pause, so that what the client says next is refused?"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.captures.pace import MARGIN
from workbench.analysis.case.findings import Attempt, ConnState, Use, WatchedFrom
from workbench.analysis.diagnosis.context import Context


@dataclass(frozen=True, slots=True)
class HungUp:
    """The network carried the server's FIN, what the client said after it, and the RST for that."""

    text: str
    server: str | None  # None = it was not watched: the FIN may be another's
    pause: float | None  # seconds of silence after which it closed, the shortest seen
    evidence: tuple[str, ...]

    @property
    def settle(self) -> str:
        """What would tell more."""
        if self.server is None:
            return "a capture at the server: does the FIN leave it?"
        return (
            f"the idle timeout of the application on {self.server}, and its log of the connections"
            " that it closed"
        )


def hung_up(context: Context) -> HungUp | None:
    """Did connections of the window end so, and none in another way that is a failure?"""
    tried = [one for one in context.attempts if not one.ours]
    found = [one for one in tried if one.end is ConnState.HUNG_UP]
    if not found or not all(map(_fits, tried)):
        return None
    pauses = [one.pause for one in found if one.pause is not None]
    shortest = min(pauses, default=None)
    watched = found[-1].watch is WatchedFrom.BOTH_ENDS
    server = context.server if watched else None
    text = (
        f"{server or 'the other side'} closes {_when(shortest)}, before the client sends again, and"
        " resets what the client then sends"
    )
    evidence = dict.fromkeys(number for one in found for number in one.evidence)
    return HungUp(text, server, shortest, tuple(evidence))


def _when(pause: float | None) -> str:
    if pause is None:
        return "idle connections"
    if pause < MARGIN:
        return "connections right after its answer"
    return f"idle connections after {pause:.1f} s of silence"


def _fits(attempt: Attempt) -> bool:
    """It ended so, or worked so far; or its beginning, the FIN maybe, was before the window."""
    return in_part(attempt) or attempt.end in (ConnState.HUNG_UP, ConnState.WORKED)


def in_part(attempt: Attempt) -> bool:
    """Was it reset, and what it said before came before the window?"""
    return attempt.end is ConnState.RESET and not attempt.fresh and attempt.use is Use.BROKEN_OFF
