"""Why does it look random? Which source ports take which paths, there and back, and what share of
them fails.

- `hashing(findings)`: which devices are to be asked;
- `questions(findings, ports)`: what to ask them;
- `spread(findings)` reads the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from collectors.model.evidence import Query, QueryParams, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import NextHop, ProbeResult, RouteChoice
from collectors.playbook.spread import STEP
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Findings, Hop, Trace
from workbench.analysis.ecmp.forecast import prospects
from workbench.analysis.trace.both_paths import walk_back
from workbench.analysis.trace.walk import walk

EPHEMERAL = (32768, 60999)
TRUSTED = 0.9  # share of observed ports that must behave as predicted


@dataclass(frozen=True, slots=True)
class Hasher:
    """A device that spreads the flow's ports over several next hops, in one direction."""

    device: str
    flow: Flow  # as it arrives there, with the port that the client chooses left open
    iif: str | None
    mark: int | None
    reverse: bool

    def question(self, asked: tuple[int, ...]) -> Query:
        """Where does it send each of these ports?"""
        params = QueryParams(flow=self.flow, iif=self.iif, mark=self.mark, ports=asked)
        return Query(self.device, Question.ROUTE_SPREAD, params, STEP.id)

    def is_asked_by(self, params: QueryParams) -> bool:
        """Is that a question about this flow, as it arrives here?"""
        if params.flow is None or params.iif != self.iif:
            return False
        return params.flow.matches(self.flow)


class Leg(NamedTuple):
    """One choice: which device sends to which next one, in which direction."""

    device: str
    reverse: bool
    following: str


@dataclass(frozen=True, slots=True)
class Way:
    """One combination of branches, and the source ports that take it."""

    forward: tuple[str, ...]
    reverse: tuple[str, ...]
    ports: tuple[int, ...]
    fails: bool | None  # None = cannot be predicted
    because: str = ""
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True)
class FailingShare:
    """A share with its 95 % interval (Wilson)."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between what does the true share lie, at 95 %?"""
        if self.whole == 0:
            return (0.0, 1.0)
        n, p, z = self.whole, self.value, 1.96
        middle = p + z * z / (2 * n)
        reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        return (max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))


@dataclass(frozen=True, slots=True)
class Spread:
    """Which ports go which way, what is predicted and what was measured."""

    ways: tuple[Way, ...]
    predicted: FailingShare  # failing of all ports that were asked about
    measured: FailingShare | None = None  # failing of those that were really tried
    agreement: FailingShare | None = None  # tried ports that behaved as predicted
    working_port: int | None = None  # one to use meanwhile; a tried one first
    culprit: Leg | None = None  # the single leg that explains all failures
    evidence: tuple[str, ...] = ()

    @property
    def trusted(self) -> bool:
        """Does the kernel hash as it says? With policy 1 it may use the sending socket's hash
        instead."""
        if self.agreement is None:
            return True
        return self.agreement.value >= TRUSTED

    def way(self, port: int) -> Way | None:
        """The way that a source port takes."""
        return next((way for way in self.ways if port in way.ports), None)


def hashing(findings: Findings) -> tuple[Hasher, ...]:
    """Which devices choose between next hops by a hash, in either direction, alternates
    included?"""
    found: dict[Hasher, None] = {}
    for path in (findings.forward, findings.reverse):
        for hop in _all_hops(path):
            if hop.branches and hop.device:
                flow = _open_for_the_client(hop.flow_in, path.reverse)
                found[Hasher(hop.device, flow, hop.iif, hop.mark, path.reverse)] = None
    return tuple(found)


def _all_hops(path: Trace) -> Iterator[Hop]:
    """Its hops, and those of the branches not taken."""
    yield from path.hops
    for other in path.alternates:
        yield from other.hops


def _open_for_the_client(flow: Flow, reverse: bool) -> Flow:
    """The flow with the port left open that the client chooses."""
    return replace(flow, dport=None) if reverse else replace(flow, sport=None)


def ports(most: int = EPHEMERAL[1] - EPHEMERAL[0] + 1) -> tuple[int, ...]:
    """The ephemeral source ports, or an even sample of them."""
    first, last = EPHEMERAL
    step = max(1, (last - first + 1) // most)
    return tuple(range(first, last + 1, step))[:most]


def questions(findings: Findings, asked: tuple[int, ...]) -> tuple[Query, ...]:
    """For each hashing device: where does each of these ports go?"""
    if findings.forward.flow.protocol is Protocol.ICMP:
        return ()
    return tuple(one.question(asked) for one in hashing(findings))


def spread(findings: Findings) -> Spread | None:
    """Which ports take which way? None = no device that spreads was asked."""
    tables = {one: _choices(findings.case, one) for one in hashing(findings)}
    answered = {one: table for one, (table, _) in tables.items() if table}
    if not answered:
        return None
    known = sorted(set.intersection(*map(set, answered.values())))
    ways = tuple(_ways(findings, answered, known))
    tried = _tried(findings)
    proofs = [proof for _, proofs in tables.values() for proof in proofs]
    return Spread(
        ways=ways,
        predicted=FailingShare(sum(len(way.ports) for way in ways if way.fails), len(known)),
        measured=_measured(tried),
        agreement=_agreement(ways, tried),
        working_port=_working(ways, tried),
        culprit=_culprit(ways),
        evidence=tuple(dict.fromkeys(proofs)),
    )


def _choices(case: Case, one: Hasher) -> tuple[dict[int, NextHop], tuple[str, ...]]:
    """The branch of each port, as the device reported."""
    table: dict[int, NextHop] = {}
    proofs: list[str] = []
    for item in case.answers(one.device, Question.ROUTE_SPREAD):
        if not one.is_asked_by(item.params):
            continue
        proofs.append(item.id)
        for record in item.of(RouteChoice):
            if record.sport is not None and record.next_hop is not None:
                table[record.sport] = record.next_hop
    return table, tuple(proofs)


# --- ways ---


def _ways(
    findings: Findings, answered: dict[Hasher, dict[int, NextHop]], known: Iterable[int]
) -> Iterator[Way]:
    """Ports with the same choices everywhere go the same way: one walk for all of them."""
    hashers = list(answered)
    groups: dict[tuple[NextHop, ...], list[int]] = {}
    for port in known:
        groups.setdefault(tuple(answered[one][port] for one in hashers), []).append(port)
    for choices, group in groups.items():
        yield _way(findings.case, dict(zip(hashers, choices, strict=True)), tuple(group))


def _way(case: Case, choices: dict[Hasher, NextHop], group: tuple[int, ...]) -> Way:
    out = {one.device: hop for one, hop in choices.items() if not one.reverse}
    back = {one.device: hop for one, hop in choices.items() if one.reverse}
    flow = replace(case.flow, sport=group[0])
    forward = walk(flow, case, forced=out)
    reverse = walk_back(case, forward, forced=back)
    found = prospects(case, forward, reverse)
    legs = (*_legs(forward, out), *_legs(reverse, back))
    return Way(forward.names, reverse.names, group, found.fails, found.because, legs)


def _legs(path: Trace, forced: dict[str, NextHop]) -> Iterator[Leg]:
    for hop, following in pairwise(path.hops):
        if hop.device in forced:
            yield Leg(hop.device, path.reverse, following.name)


# --- what was tried ---


def _tried(findings: Findings) -> dict[int, bool]:
    """Which source ports were tried, and did they work? The latest attempt of each counts."""
    found: dict[int, bool] = {}
    for attempt in findings.attempts:
        ended = attempt.fresh and attempt.end is not ConnState.OPEN
        if ended and attempt.flow.sport is not None:
            found[attempt.flow.sport] = attempt.end is ConnState.WORKED
    if findings.case.client is None:
        return found
    client = findings.case.client.name
    for probe, _ in findings.case.all_records(client, Question.PORT_SWEEP, ProbeResult):
        if probe.sport is not None:
            found[probe.sport] = probe.ok
    return found


def _measured(tried: dict[int, bool]) -> FailingShare | None:
    if not tried:
        return None
    return FailingShare(sum(not worked for worked in tried.values()), len(tried))


def _agreement(ways: Iterable[Way], tried: dict[int, bool]) -> FailingShare | None:
    """Of the ports that were tried and predicted, how many behaved as predicted?"""
    predicted: dict[int, bool] = {}
    for way in ways:
        if way.fails is not None:
            predicted |= dict.fromkeys(way.ports, way.fails)
    both = tried.keys() & predicted.keys()
    if not both:
        return None
    return FailingShare(sum(tried[port] is not predicted[port] for port in both), len(both))


def _working(ways: Iterable[Way], tried: dict[int, bool]) -> int | None:
    for port, worked in tried.items():
        if worked:
            return port
    return next(_untried(ways, tried), None)


def _untried(ways: Iterable[Way], tried: dict[int, bool]) -> Iterator[int]:
    """The ports that are predicted to work, and were not tried."""
    for way in ways:
        if way.fails is False:
            yield from (port for port in way.ports if port not in tried)


def _culprit(ways: tuple[Way, ...]) -> Leg | None:
    """The one leg that every failing way takes and no working way does."""
    failing = [set(way.legs) for way in ways if way.fails]
    if not failing:
        return None
    common = set.intersection(*failing)
    for way in ways:
        if way.fails is False:
            common -= set(way.legs)
    return common.pop() if len(common) == 1 else None
