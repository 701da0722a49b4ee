"""Attempts that were seen work, but would other source ports fail? Asked only where the port is not known."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Inquiry
from collectors.model.flow import Protocol
from workbench.analysis.findings import Findings
from workbench.analysis.read import read
from workbench.analysis.spread import hashing, ports, questions, spread

SAMPLE = 256


def failing_port(findings: Findings) -> Findings | None:
    """The same case for a source port that is predicted to fail, as if it had been tried; None = none does."""
    if not _open(findings) or not findings.flow_works:
        return None
    found = spread(findings)
    bad = [way for way in found.ways if way.fails] if found else []
    if not bad or found is None or not found.trusted:
        return None
    worst = max(bad, key=lambda way: len(way.ports))
    flow = replace(findings.case.flow, sport=worst.ports[0])
    read_again = read(replace(findings.case, flow=flow))
    return replace(read_again, flow_works=None, attempts=(), attempts_seen=False, drop=None, drops=(), sightings=())


def spread_questions(findings: Findings) -> tuple[Inquiry, ...]:
    """What to ask hashing devices when the source port is not known."""
    return questions(findings, ports(SAMPLE)) if _open(findings) and hashing(findings) else ()


def _open(findings: Findings) -> bool:
    return findings.case.flow.sport is None and findings.case.flow.protocol is not Protocol.ICMP
