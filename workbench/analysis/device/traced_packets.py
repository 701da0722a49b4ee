"""What did a device's own trace or log of this very packet show of it: its mark, and the interface
that it left by?"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    found: dict[int, tuple[LogLine, str]] = {}
    for line, number in _lines_of(case, device, flow, iif):
        if _is_trace(line):
            _keep(found, line, number)
    if not found:
        return None
    line, number = found[min(found)]
    return Traced(line.mark, line.oif, number)


def _keep(found: dict[int, tuple[LogLine, str]], line: LogLine, number: str) -> None:
    """The first line of a chain behind routing counts most, then the last one with a mark."""
    if line.oif is not None:
        found.setdefault(0, (line, number))
    elif line.mark is not None:
        found[1] = (line, number)
    else:
        found[2] = (line, number)


def _lines_of(
    case: Case, device: str, flow: Flow, iif: str | None
) -> Iterator[tuple[LogLine, str]]:
    """The lines about packets of this flow that came in there, and the evidence of each."""
    for line, item in case.all_records(device, Question.LOGS, LogLine):
        if line.flow is None or line.iif != iif:
            continue
        if _of(line.flow, flow):
            yield line, item.id


def _is_trace(line: LogLine) -> bool:
    return line.prefix.lower().startswith("trace")


# TRACE: nat:KUBE-SEP-LALIWLZUBK2UOKBY:rule:2
_PLACE = re.compile(r"TRACE: (?P<table>\w+):(?P<chain>[^:\s]+):(?P<kind>rule|policy|return):\d+")
_BEHIND_ROUTING = frozenset({"INPUT", "FORWARD", "POSTROUTING"})


def ends_translated(case: Case, device: str, flow: Flow, iif: str | None) -> tuple[str, str] | None:
    """The rule of its NAT table at which the trace of each packet ends, nothing of routing or after
    it; and where."""
    lines = list(_lines_of(case, device, flow, iif))
    places = [place for line, _ in lines if (place := _PLACE.match(line.prefix)) is not None]
    if not places or any(line.oif for line, _ in lines):
        return None
    if any(place["chain"] in _BEHIND_ROUTING for place in places):
        return None
    return _rule_of_nat(places[-1], lines[-1][1])


def _rule_of_nat(last: re.Match[str], number: str) -> tuple[str, str] | None:
    if (last["table"], last["kind"]) != ("nat", "rule"):
        return None
    return f"{last['chain']} rule {last[0].rpartition(':')[2]}", number


def _of(seen: Flow, flow: Flow) -> bool:
    """The flow itself, or what a translation of its target made of it: the sender and his port
    stay."""
    if seen.matches(flow):
        return True
    if seen.sport is None or seen.sport != flow.sport:
        return False
    return (seen.protocol, seen.src) == (flow.protocol, flow.src)
