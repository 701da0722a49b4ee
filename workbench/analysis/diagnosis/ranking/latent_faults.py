"""What was seen works or is not explained: would a connection on other branches fail, and does that
explain it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from collectors.model.evidence import Query
from collectors.model.flow import Flow, Protocol
from collectors.model.settings import Knob, MultipathHash
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Trace
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
    pinned = not (_open(findings) or _by_label(findings))
    if findings.flow_works is None or (findings.flow_works and pinned):
        return None
    return _other_port(findings) or next(_other_branch(findings), None)


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
        if expected is not None and all(
            explanation.certain for explanation in expected.explanations[:1]
        ):
            return other, one
    return None


def _other_port(findings: Findings) -> Findings | None:
    found = spread(findings) if _open(findings) else None
    if found is None or not found.trusted:
        return None
    for way in sorted((w for w in found.ways if w.fails), key=lambda w: -len(w.ports)):
        forward, reverse = (
            _named(findings.forward, way.forward),
            _named(findings.reverse, way.reverse),
        )
        if forward is not None and reverse is not None:
            port = way.ports[0]
            return _unseen(
                replace(
                    findings, forward=_from_port(forward, port), reverse=_from_port(reverse, port)
                )
            )
    return None


def _from_port(path: Trace, port: int) -> Trace:
    """The same path for another source port of the client; translations that keep the port
    follow."""
    old = path.flow.dport if path.reverse else path.flow.sport

    def moved(flow: Flow) -> Flow:
        if path.reverse:
            return replace(flow, dport=port) if flow.dport == old else flow
        return replace(flow, sport=port) if flow.sport == old else flow

    hops = tuple(
        replace(hop, flow_in=moved(hop.flow_in), flow_out=moved(hop.flow_out)) for hop in path.hops
    )
    return replace(path, flow=moved(path.flow), hops=hops)


def _named(taken: Trace, names: tuple[str, ...]) -> Trace | None:
    """The path that visits these devices: the one taken, or one of its alternates."""
    if taken.names == names:
        return taken
    return next(
        (path for path in map(partial(_swapped, taken), taken.alternates) if path.names == names),
        None,
    )


def _other_branch(findings: Findings) -> Iterator[Findings]:
    for path in map(partial(_swapped, findings.forward), findings.forward.alternates):
        if prospects(findings.case, path, findings.reverse).fails:
            yield _unseen(replace(findings, forward=path))
    for path in map(partial(_swapped, findings.reverse), findings.reverse.alternates):
        if prospects(findings.case, findings.forward, path).fails:
            yield _unseen(replace(findings, reverse=path))


def _swapped(taken: Trace, alternate: Trace) -> Trace:
    """The alternate from the very beginning, and the path that was taken as one of its own
    alternates."""
    parts = alternate.names[0] if alternate.hops else ""
    shared = taken.hops[: taken.names.index(parts)] if parts in taken.names else ()
    others = (taken, *(path for path in taken.alternates if path is not alternate))
    bare = tuple(replace(path, alternates=()) for path in others)
    return replace(alternate, flow=taken.flow, hops=(*shared, *alternate.hops), alternates=bare)


def _unseen(findings: Findings) -> Findings:
    """Nothing that was seen is about this connection."""
    return replace(
        findings,
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
    case = findings.case
    spreading = {one.device for one in hashing(findings)}
    return case.flow.version == 6 and any(_hashes_addresses(case, name) for name in spreading)


def _hashes_addresses(case: Case, device: str) -> bool:
    """So does who says nothing of it."""
    found = case.setting(device, Knob.MULTIPATH_HASH, version=6)
    return found is None or found.value is MultipathHash.ADDRESSES
