"""How long is the flow watched: has the first look settled it, or what would one more second still
show?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Query, Question
from collectors.model.step import Step
from workbench.analysis.captures.pace import Pace, pace
from workbench.analysis.captures.time_spans import STARTING
from workbench.analysis.case.findings import Attempt, ConnState, Findings, Hop, Thinning
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
    return tuple(_as_first_look(query) for query in window if _only_watches(query))


def _only_watches(query: Query) -> bool:
    return query.question in _LOOKED_AT and query.params.sample != "mid"


def _as_first_look(query: Query) -> Query:
    return replace(query, params=replace(query.params, sample="first look"))


def enough(findings: Findings, verdict: Verdict) -> bool:
    """Is the fault so plain that more of the same would change nothing?

    Several tries, all failed alike and at one place, on ways that neither split nor share an
    address, and a cause that does not come and go. Where packets may be lost by chance, one more
    second shows some more of them.
    """
    broken = verdict.outcome is Outcome.BROKEN and not verdict.unreached
    if not broken or not _plain(verdict):
        return False
    if _unsteady(findings) or _losing(findings):
        return False
    return _all_failed(findings) and pace(findings.case).tries > 1


def _plain(verdict: Verdict) -> bool:
    """Is the cause sure, and one that does not come and go?"""
    comes_and_goes = verdict.best.hypothesis.cause in _FICKLE
    return not comes_and_goes and verdict.best.confidence >= SURE


def undecided(findings: Findings, verdict: Verdict) -> bool:
    """Does what was asked still wait for its answer? Or are there too few packets to tell a bad
    link from bad luck?"""
    if _asking(findings):
        return True
    if findings.flow_works and still_missing(findings):
        return True  # does it go on when it is sent again?
    losing = _losing(findings)
    if verdict.best.confidence < SURE:
        return bool(losing)
    several_lost = any(loss.lost > 1 for loss in losing)
    return several_lost and verdict.outcome is Outcome.HEALTHY


def _asking(findings: Findings) -> bool:
    """Was the service asked, and had neither answered nor been given up by anybody when the watch
    ended?"""
    waiting = {one.waits for one in findings.attempts if _of_the_client(one)}
    return waiting == {True}


def _of_the_client(attempt: Attempt) -> bool:
    """Is it no probe of ours, and one of which enough was seen?"""
    return not attempt.ours and attempt.end is not ConnState.OPEN


def _losing(findings: Findings) -> list[Thinning]:
    """The stretches that lose more than does no harm, of packets like those that pass."""
    return [loss for loss in findings.thinned if _harmful(loss)]


def _harmful(loss: Thinning) -> bool:
    by_chance = loss.alike > 0 and loss.scattered
    return by_chance and loss.share >= HURTS


def _unsteady(findings: Findings) -> bool:
    """Might the next packet go another way: by a hash, or to another machine that answers for the
    same address?"""
    hops = (*findings.forward.hops, *findings.reverse.hops)
    return any(hop.branches or _shared(findings, hop) for hop in hops)


def _shared(findings: Findings, hop: Hop) -> bool:
    """Do several devices answer for the next hop's address?"""
    if hop.next_hop is None:
        return False
    holders = findings.case.holders(hop.next_hop)
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


def longer(window: Iterable[Query], factor: float, called: str = "again") -> Iterator[Query]:
    """What is asked in another window, so many times as long, and how its samples are called."""
    return (_longer(query, factor, called) for query in window if query.question in AGAIN)


def _longer(query: Query, factor: float, called: str) -> Query:
    params = replace(query.params, sample=f"{query.params.sample or 'window'} {called}")
    if params.seconds is not None and query.question is not Question.CONNECT:
        params = replace(params, seconds=round(params.seconds * factor, 1))
    delay = query.delay if query.question is Question.CONNECT else query.delay * factor
    return replace(query, params=params, delay=delay)
