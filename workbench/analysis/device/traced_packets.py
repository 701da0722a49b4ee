"""What did a device's own trace or log of this very packet show of it: its mark, and the interface
that it left by?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import LogLine
from workbench.analysis.case.case import Case


@dataclass(frozen=True, slots=True)
class Traced:
    """The packet as it was routed, by the line of a chain behind routing, else by the last one
    before it."""

    mark: int | None
    oif: str | None
    evidence: str


def traced(case: Case, device: str, flow: Flow, iif: str | None) -> Traced | None:
    """The newest line about a packet of this flow that came in there; None = no trace was taken."""
    mine = [
        (line, item.id)
        for line, item in case.all_records(device, Question.LOGS, LogLine)
        if _is_trace(line, iif) and line.flow is not None and _of(line.flow, flow)
    ]
    if not mine:
        return None
    routed = [(line, number) for line, number in mine if line.oif is not None]
    marked = [(line, number) for line, number in mine if line.mark is not None]
    line, number = routed[0] if routed else (marked or mine)[-1]
    return Traced(line.mark, line.oif, number)


def _is_trace(line: LogLine, iif: str | None) -> bool:
    return line.prefix.lower().startswith("trace") and line.iif == iif


# TRACE: nat:KUBE-SEP-LALIWLZUBK2UOKBY:rule:2
_PLACE = re.compile(r"TRACE: (?P<table>\w+):(?P<chain>[^:\s]+):(?P<kind>rule|policy|return):\d+")
_BEHIND_ROUTING = frozenset({"INPUT", "FORWARD", "POSTROUTING"})


def ends_translated(case: Case, device: str, flow: Flow, iif: str | None) -> tuple[str, str] | None:
    """The rule of its NAT table at which the trace of each packet ends, nothing of routing or after
    it; and where."""
    lines = [
        (line, item.id)
        for line, item in case.all_records(device, Question.LOGS, LogLine)
        if line.flow is not None and line.iif == iif and _of(line.flow, flow)
    ]
    places = [found for line, _ in lines if (found := _PLACE.match(line.prefix))]
    behind = any(line.oif for line, _ in lines) or any(
        found["chain"] in _BEHIND_ROUTING for found in places
    )
    if not places or behind or (places[-1]["table"], places[-1]["kind"]) != ("nat", "rule"):
        return None
    return f"{places[-1]['chain']} rule {places[-1][0].rpartition(':')[2]}", lines[-1][1]


def _of(seen: Flow, flow: Flow) -> bool:
    """The flow itself, or what a translation of its target made of it: the sender and his port
    stay."""
    sender = (seen.protocol, seen.src) == (flow.protocol, flow.src) and seen.sport is not None
    return seen.matches(flow) or (sender and seen.sport == flow.sport)
