"""Does the server take the connection and the question, and reset it before any answer?"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.case.findings import Attempt, ConnState, Observation, Use
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.hung_up import in_part


@dataclass(frozen=True, slots=True)
class CutOff:
    """The network carried the question, its acknowledgement and the RST; the application tells
    why."""

    text: str
    server: str | None
    evidence: tuple[str, ...]

    @property
    def settle(self) -> str:
        """What would tell more."""
        return (
            f"the log of the application on {self.server}: which clients it accepts, and how it"
            " handles the request"
        )


def cut_off(context: Context) -> CutOff | None:
    """Did connections of the window end so, and none in another way that is a failure?"""
    tried = list(filter(_concluded, context.attempts))
    found = [one for one in tried if _ended_so(context, one)]
    others = [one for one in tried if one not in found]
    failed_otherwise = any(one.end is not ConnState.WORKED for one in others)
    if not found or failed_otherwise:
        return None
    often = f" in {len(found)} of {len(tried)} attempts" if others else ""
    server = found[-1].place if found[-1].end is ConnState.RESET else context.server
    text = (
        f"{server or 'the other side'} accepts the connection and acknowledges the request, then"
        f" resets the connection itself before any answer{often}"
    )
    return CutOff(text, server, _evidence(found))


def _evidence(attempts: list[Attempt]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in attempts:
        found.update(dict.fromkeys(one.evidence))
    return tuple(found)


def _ended_so(context: Context, attempt: Attempt) -> bool:
    return attempt.end is ConnState.CUT_OFF or _by_its_place(context, attempt)


def _concluded(attempt: Attempt) -> bool:
    """An attempt of somebody else's that was seen whole, and to its end."""
    whole = not in_part(attempt)
    return whole and not attempt.ours and attempt.end is not ConnState.OPEN


def _by_its_place(context: Context, attempt: Attempt) -> bool:
    """Was the only place that was watched the one that answers, and that sent the RST itself?"""
    if attempt.end is not ConnState.RESET or attempt.use is not Use.BROKEN_OFF:
        return False
    point = context.observation(attempt.place or "", reverse=True)
    owner = context.case.owner(context.flow.dst)
    if point is None or owner is None or owner.name != attempt.place:
        return False
    resets = [packet for packet in (*point.came_in, *point.went_out) if "R" in packet.flags]
    return bool(resets) and all(packet.outgoing for packet in resets)


@dataclass(frozen=True, slots=True)
class Reset:
    """Connections that stood are reset, and nobody who was watched sent the RST."""

    text: str
    settle: str
    evidence: tuple[str, ...]


def reset_by_somebody(context: Context) -> Reset | None:
    """Did a RST come to the place that was watched, in every attempt that failed? Then no packet
    was lost."""
    failed = [one for one in context.attempts if one.end not in (ConnState.OPEN, ConnState.WORKED)]
    otherwise = any(one.end is not ConnState.RESET for one in failed)
    if not failed or otherwise or context.drops():
        return None
    point = context.observation(failed[-1].place or "", reverse=True)
    if point is None or not _got_resets(point):
        return None
    source = context.flow.dst
    text = (
        f"established connections are reset: a RST that claims to be from {source} comes to"
        f" {point.device}, and nothing that was seen shows who sent it"
    )
    settle = (
        f"a capture at {source} of the same time: does it send that RST, and did it get the whole"
        " connection?"
    )
    return Reset(text, settle, point.evidence)


def _got_resets(point: Observation) -> bool:
    """Did resets come in, all of them from elsewhere?"""
    resets = [packet for packet in point.came_in if "R" in packet.flags]
    return bool(resets) and not any(packet.outgoing for packet in resets)
