"""What was seen works or is not explained: would a connection on other branches fail, and does that
explain it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Query
from collectors.model.flow import Flow, Protocol
from collectors.model.settings import Knob, MultipathHash
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Hop, Trace
from workbench.analysis.diagnosis.facts.stops.simulation import simulated
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.ecmp.forecast import prospects
from workbench.analysis.ecmp.spread import hashing, ports, questions, spread
from workbench.analysis.ecmp.untried_targets import Unmet, sent_there, unmet

SAMPLE = 256


def failing_counterfactual(findings: Findings) -> Findings | None:
    """The same case for a connection that is predicted to fail, as if nothing had been seen of it;
    None = none is.

    A flow that works from a port that pins its branch is not doubted; one that fails may change its
    branch in mid-flow.
    """
    if findings.flow_works is None:
        return None
    if findings.flow_works and _pinned(findings):
        return None
    return _other_port(findings) or next(_other_branch(findings), None)


def _pinned(findings: Findings) -> bool:
    """Does every connection of this flow take the same branches?"""
    return not _open(findings) and not _by_label(findings)


def failing_target(findings: Findings) -> tuple[Findings, Unmet] | None:
    """The same case for a connection that a translation sends to a target which would refuse it;
    None = none is.

    What was seen worked at other targets: the next connection may be sent there.
    """
    if not findings.flow_works:
        return None
    for one in unmet(findings):
        other = sent_there(findings, one)
        expected = simulated(context_of(other))
        if expected is not None and expected.explanations[0].certain:
            return other, one
    return None


def _other_port(findings: Findings) -> Findings | None:
    found = spread(findings) if _open(findings) else None
    if found is None or not found.trusted:
        return None
    failing = [way for way in found.ways if way.fails]
    for way in sorted(failing, key=lambda way: -len(way.ports)):
        forward = _named(findings.forward, way.forward)
        reverse = _named(findings.reverse, way.reverse)
        if forward is not None and reverse is not None:
            return _unseen(findings, *(_from_port(one, way.ports[0]) for one in (forward, reverse)))
    return None


def _from_port(path: Trace, port: int) -> Trace:
    """The same path for another source port of the client; translations that keep the port
    follow."""
    before = path.flow

    def moved(flow: Flow) -> Flow:
        if path.reverse:
            return replace(flow, dport=port) if flow.dport == before.dport else flow
        return replace(flow, sport=port) if flow.sport == before.sport else flow

    def seen(hop: Hop) -> Hop:
        return replace(hop, flow_in=moved(hop.flow_in), flow_out=moved(hop.flow_out))

    return replace(path, flow=moved(before), hops=tuple(map(seen, path.hops)))


def _named(taken: Trace, names: tuple[str, ...]) -> Trace | None:
    """The path that visits these devices: the one taken, or one of its alternates."""
    return next((path for path in (taken, *_others(taken)) if path.names == names), None)


def _other_branch(findings: Findings) -> Iterator[Findings]:
    forward, reverse = findings.forward, findings.reverse
    for path in _others(forward):
        if prospects(findings.case, path, reverse).fails:
            yield _unseen(findings, path, reverse)
    for path in _others(reverse):
        if prospects(findings.case, forward, path).fails:
            yield _unseen(findings, forward, path)


def _others(taken: Trace) -> Iterator[Trace]:
    """Each alternate from the very beginning, and the path that was taken as one of its own
    alternates."""
    for alternate in taken.alternates:
        others = (taken, *(path for path in taken.alternates if path is not alternate))
        bare = tuple(replace(path, alternates=()) for path in others)
        hops = (*_shared(taken, alternate), *alternate.hops)
        yield replace(alternate, flow=taken.flow, hops=hops, alternates=bare)


def _shared(taken: Trace, alternate: Trace) -> tuple[Hop, ...]:
    """The hops of both before they part."""
    if not alternate.hops or alternate.names[0] not in taken.names:
        return ()
    return taken.hops[: taken.names.index(alternate.names[0])]


def _unseen(findings: Findings, forward: Trace, reverse: Trace) -> Findings:
    """A connection on these paths: nothing that was seen is about it."""
    return replace(
        findings,
        forward=forward,
        reverse=reverse,
        flow_works=None,
        attempts=(),
        attempts_seen=False,
        drop=None,
        drops=(),
        observations=(),
    )


def spread_questions(findings: Findings) -> tuple[Query, ...]:
    """What to ask hashing devices when the source port is not known."""
    if not _open(findings) or spread(findings) is not None:
        return ()
    return questions(findings, ports(SAMPLE))


def _open(findings: Findings) -> bool:
    return findings.case.flow.sport is None and findings.case.flow.protocol is not Protocol.ICMP


def _by_label(findings: Findings) -> bool:
    """A hash of addresses takes IPv6's flow label, which is another one with each connection."""
    if findings.case.flow.version != 6:
        return False
    spreading = {one.device for one in hashing(findings)}
    return any(_hashes_addresses(findings.case, name) for name in spreading)


def _hashes_addresses(case: Case, device: str) -> bool:
    """So does who says nothing of it."""
    found = case.setting(device, Knob.MULTIPATH_HASH, version=6)
    return found is None or found.value is MultipathHash.ADDRESSES
