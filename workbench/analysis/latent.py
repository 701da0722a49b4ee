"""Attempts that were seen work, but would others fail? Asked where the branch is not pinned by known ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Inquiry
from collectors.model.flow import Protocol
from workbench.analysis.findings import Findings, Path
from workbench.analysis.read import read
from workbench.analysis.spread import hashing, ports, prospects, questions, spread

SAMPLE = 256


def failing_twin(findings: Findings) -> Findings | None:
    """The same case for a connection that is predicted to fail, as if nothing had been seen of it; None = none is."""
    if not findings.flow_works:
        return None
    return _other_port(findings) or next(_other_branch(findings), None)


def _other_port(findings: Findings) -> Findings | None:
    found = spread(findings) if _open(findings) else None
    bad = [way for way in found.ways if way.fails] if found else []
    if not bad or found is None or not found.trusted:
        return None
    worst = max(bad, key=lambda way: len(way.ports))
    flow = replace(findings.case.flow, sport=worst.ports[0])
    return _unseen(read(replace(findings.case, flow=flow)))


def _other_branch(findings: Findings) -> Iterator[Findings]:
    if not (_open(findings) or _by_label(findings)):
        return
    for alternate in findings.forward.alternates:
        if prospects(findings.case, alternate, findings.reverse)[0]:
            yield _unseen(replace(findings, forward=_swapped(alternate, findings.forward)))
    for alternate in findings.reverse.alternates:
        if prospects(findings.case, findings.forward, alternate)[0]:
            yield _unseen(replace(findings, reverse=_swapped(alternate, findings.reverse)))


def _swapped(alternate: Path, taken: Path) -> Path:
    others = (taken, *(path for path in taken.alternates if path is not alternate))
    return replace(alternate, alternates=tuple(replace(path, alternates=()) for path in others))


def _unseen(findings: Findings) -> Findings:
    """Nothing that was seen is about this connection."""
    return replace(findings, flow_works=None, attempts=(), attempts_seen=False, drop=None, drops=(), sightings=())


def spread_questions(findings: Findings) -> tuple[Inquiry, ...]:
    """What to ask hashing devices when the source port is not known."""
    return questions(findings, ports(SAMPLE)) if _open(findings) and hashing(findings) else ()


def _open(findings: Findings) -> bool:
    return findings.case.flow.sport is None and findings.case.flow.protocol is not Protocol.ICMP


def _by_label(findings: Findings) -> bool:
    """IPv6 with hash policy 0 takes the flow label, which is another one with each connection."""
    case, key = findings.case, "net.ipv6.fib_multipath_hash_policy"
    spreading = {one.device for one in hashing(findings)}
    return case.flow.version == 6 and any(case.setting(name, key) in (None, "0") for name in spreading)
