"""How long is the flow watched: has the first look settled it, or what would one more second still
show?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Query, Question
from collectors.model.step import Step
from workbench.analysis.captures.pace import Pace, pace
from workbench.analysis.captures.time_spans import STARTING
from workbench.analysis.case.findings import ConnState, Findings, Hop, Thinning
from workbench.analysis.case.verdict import Cause, Outcome, Verdict
from workbench.analysis.diagnosis.facts.loss.healed import still_missing
from workbench.analysis.diagnosis.facts.loss.random_loss import HURTS

# seconds of a first look: captures start in its first half second, and a SYN comes again after one
LOOK = 2.2
LEAST = 4.0  # seconds of the rest: our own attempt begins late and waits for three
SURE = 0.9  # confidence that a first look needs
AGAIN = frozenset(
    {
        Question.CAPTURE,
        Question.SESSION_EVENTS,
        Question.SESSIONS,
        Question.CONNECT,
        Question.SOCKETS,
    }
)
_LOOKED_AT = frozenset(
    {
        Question.CAPTURE,
        Question.SESSION_EVENTS,
        Question.SESSIONS,
        Question.SOCKETS,
        Question.NEIGHBOURS,
    }
)
# what fails for some source ports, at some moments, or for an old connection only
_FICKLE = frozenset(
    {
        Cause.ECMP_ASYM_STATEFUL,
        Cause.ECMP_LEG_FAILURE,
        Cause.MIDFLOW_STATE_LOSS,
        Cause.DUPLICATE_GATEWAY,
        Cause.SESSION_LIMIT,
        Cause.PACKET_LOSS,
    }
)


def first_look(window: Iterable[Query]) -> tuple[Query, ...]:
    """Of a window, what only watches: no probe of ours, and each table once."""
    watching = (i for i in window if i.question in _LOOKED_AT and i.params.sample != "mid")
    return tuple(replace(i, params=replace(i.params, sample="first look")) for i in watching)


def enough(findings: Findings, verdict: Verdict) -> bool:
    """Is the fault so plain that more of the same would change nothing?

    Several tries, all failed alike and at one place, on ways that neither split nor share an
    address, and a cause that does not come and go. Where packets may be lost by chance, one more
    second shows some more of them.
    """
    plain = verdict.best.hypothesis.cause not in _FICKLE and verdict.best.confidence >= SURE
    if verdict.outcome is not Outcome.BROKEN or not plain or verdict.unreached:
        return False
    if _unsteady(findings) or _losing(findings):
        return False
    return _all_failed(findings) and pace(findings.case).tries > 1


def undecided(findings: Findings, verdict: Verdict) -> bool:
    """Does what was asked still wait for its answer? Or are there too few packets to tell a bad
    link from bad luck?"""
    if _asking(findings):
        return True
    losing = _losing(findings)
    if findings.flow_works and still_missing(findings):
        return True  # does it go on when it is sent again?
    if verdict.best.confidence < SURE:
        return bool(losing)
    return verdict.outcome is Outcome.HEALTHY and any(loss.lost > 1 for loss in losing)


def _asking(findings: Findings) -> bool:
    """Was the service asked, and had neither answered nor been given up by anybody when the watch
    ended?"""
    asked = [one for one in findings.attempts if not one.ours and one.end is not ConnState.OPEN]
    return bool(asked) and all(one.waits for one in asked)


def _losing(findings: Findings) -> list[Thinning]:
    """The stretches that lose more than does no harm, of packets like those that pass."""
    return [
        loss for loss in findings.thinned if loss.alike and loss.scattered and loss.share >= HURTS
    ]


def _unsteady(findings: Findings) -> bool:
    """Might the next packet go another way: by a hash, or to another machine that answers for the
    same address?"""
    hops = [hop for path in (findings.forward, findings.reverse) for hop in path.hops]
    return any(hop.branches or _shared(findings, hop) for hop in hops)


def _shared(findings: Findings, hop: Hop) -> bool:
    holders = findings.case.holders(hop.next_hop) if hop.next_hop is not None else ()
    return len({port.device for port in holders if port.up}) > 1


def _all_failed(findings: Findings) -> bool:
    """Did each try that has come to an end fail alike: refused, or stopped within a device that was
    watched?"""
    ends = {one.end for one in findings.attempts if one.end is not ConnState.OPEN}
    if len(ends) != 1 or ConnState.WORKED in ends:
        return False
    return ConnState.REFUSED in ends or (findings.drop is not None and findings.drop.after is None)


def reading_only(queries: Iterable[Query], steps: Iterable[Step]) -> list[Query]:
    """Without probes of ours: what is settled needs none."""
    probes = {step.id for step in steps if step.probe}
    return [query for query in queries if query.step not in probes]


def rest(window: float, known: Pace) -> float:
    """How many seconds more, where the first look did not settle it: what is left of the window,
    and two tries."""
    left = window - LOOK + STARTING + 2 * (known.round_trip or 0.0)
    tries = 2 * (known.rhythm or 0.0) + known.patience
    return round(max(LEAST, left, min(tries, 2 * window)), 1)


def longer(window: Iterable[Query], factor: float) -> Iterator[Query]:
    """What is asked in another window, so many times as long."""
    return (_longer(query, factor) for query in window if query.question in AGAIN)


def _longer(query: Query, factor: float) -> Query:
    params = replace(query.params, sample=f"{query.params.sample or 'window'} again")
    if params.seconds is not None and query.question is not Question.CONNECT:
        params = replace(params, seconds=round(params.seconds * factor, 1))
    delay = query.delay if query.question is Question.CONNECT else query.delay * factor
    return replace(query, params=params, delay=delay)
