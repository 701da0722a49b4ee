"""Why does it look random? Which source ports take which way, both ways, and what share of them
fails.

`hashing(findings)` tells which devices are to be asked, `questions(findings, ports)` what to ask
them;
`spread(findings)` reads the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import sqrt

from collectors.model.evidence import Query, QueryParams, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import NextHop, ProbeResult, RouteChoice
from collectors.playbook.spread import STEP
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Disposition, Findings, Hop, Trace
from workbench.analysis.device.filtering import FilterAction
from workbench.analysis.device.hop_filtering import at_hop, needs_state
from workbench.analysis.device.translation import session_of
from workbench.analysis.evidence.read import walk_back
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


@dataclass(frozen=True, slots=True)
class Way:
    """One combination of branches, and the source ports that take it."""

    forward: tuple[str, ...]
    reverse: tuple[str, ...]
    ports: tuple[int, ...]
    fails: bool | None  # None = cannot be predicted
    because: str = ""
    # (hashing device, reverse, next device) of each choice
    legs: tuple[tuple[str, bool, str], ...] = ()


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
        n, p, z = self.whole, self.value, 1.96
        if n == 0:
            return (0.0, 1.0)
        middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
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
    culprit: tuple[str, bool, str] | None = None  # the single leg that explains all failures
    evidence: tuple[str, ...] = ()

    @property
    def trusted(self) -> bool:
        """Does the kernel hash as it says? With policy 1 it may use the sending socket's hash
        instead."""
        return self.agreement is None or self.agreement.value >= TRUSTED

    def way(self, port: int) -> Way | None:
        """The way that a source port takes."""
        return next((way for way in self.ways if port in way.ports), None)


def hashing(findings: Findings) -> tuple[Hasher, ...]:
    """Which devices choose between next hops by a hash, in either direction, alternates
    included?"""
    found: dict[Hasher, None] = {}
    for path in (findings.forward, findings.reverse):
        for hop in (*path.hops, *(hop for other in path.alternates for hop in other.hops)):
            if hop.branches and hop.device:
                open_flow = (
                    replace(hop.flow_in, dport=None)
                    if path.reverse
                    else replace(hop.flow_in, sport=None)
                )
                found[Hasher(hop.device, open_flow, hop.iif, hop.mark, path.reverse)] = None
    return tuple(found)


def ports(most: int = EPHEMERAL[1] - EPHEMERAL[0] + 1) -> tuple[int, ...]:
    """The ephemeral source ports, or an even sample of them."""
    first, last = EPHEMERAL
    step = max(1, (last - first + 1) // most)
    return tuple(range(first, last + 1, step))[:most]


def questions(findings: Findings, asked: tuple[int, ...]) -> tuple[Query, ...]:
    """For each hashing device: where does each of these ports go?"""
    if findings.forward.flow.protocol is Protocol.ICMP:
        return ()
    return tuple(
        Query(
            one.device,
            Question.ROUTE_SPREAD,
            QueryParams(flow=one.flow, iif=one.iif, mark=one.mark, ports=asked),
            STEP.id,
        )
        for one in hashing(findings)
    )


def spread(findings: Findings) -> Spread | None:
    """Which ports take which way? None = no device that spreads was asked."""
    case = findings.case
    tables = {one: _choices(case, one) for one in hashing(findings)}
    answered = {one: table for one, (table, _) in tables.items() if table}
    if not answered:
        return None
    known = sorted(set.intersection(*(set(table) for table in answered.values())))
    ways = tuple(_ways(findings, answered, known))
    failing = sum(len(way.ports) for way in ways if way.fails)
    tried = _tried(findings)
    evidence = tuple(dict.fromkeys(proof for _, proofs in tables.values() for proof in proofs))
    return Spread(
        ways=ways,
        predicted=FailingShare(failing, len(known)),
        measured=FailingShare(sum(not ok for ok in tried.values()), len(tried)) if tried else None,
        agreement=_agreement(ways, tried),
        working_port=_working(ways, tried),
        culprit=_culprit(ways),
        evidence=evidence,
    )


def _choices(case: Case, one: Hasher) -> tuple[dict[int, NextHop], tuple[str, ...]]:
    """The branch of each port, as the device reported."""
    table: dict[int, NextHop] = {}
    proofs: list[str] = []
    for item in case.answers(one.device, Question.ROUTE_SPREAD):
        params = item.params
        if params.flow is None or not params.flow.matches(one.flow) or params.iif != one.iif:
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
    legs = tuple(_legs(forward, out, False)) + tuple(_legs(reverse, back, True))
    return Way(forward.names, reverse.names, group, found.fails, found.because, legs)


def _legs(
    path: Trace, forced: dict[str, NextHop], reverse: bool
) -> Iterator[tuple[str, bool, str]]:
    for hop, following in zip(path.hops, path.hops[1:], strict=False):
        if hop.device in forced:
            yield (hop.device, reverse, following.name)


class Outlook(StrEnum):
    """What is to be expected of a new connection."""

    FAILS = "fails"
    WORKS = "works"
    UNKNOWN = "unknown"  # not all that decides is known


@dataclass(frozen=True, slots=True)
class Forecast:
    """The outlook of two paths, and what it rests on."""

    outlook: Outlook
    because: str = ""

    @property
    def fails(self) -> bool | None:
        """None = it is unknown."""
        return None if self.outlook is Outlook.UNKNOWN else self.outlook is Outlook.FAILS


_WORKS = Forecast(Outlook.WORKS)


def prospects(case: Case, forward: Trace, reverse: Trace) -> Forecast:
    """Would a new connection fail on these two paths, and why?"""
    for path in (forward, reverse):
        if path.disposition is not Disposition.DELIVERED:
            way = "reverse" if path.reverse else "forward"
            return Forecast(Outlook.FAILS, f"{way}: {path.disposition}")
    doubt = False
    for path, other in ((forward, reverse), (reverse, forward)):
        for hop in path.hops[1:-1]:
            found = _at_hop(case, hop, path.reverse, other)
            if found.outlook is Outlook.FAILS:
                return found
            doubt = doubt or found.outlook is Outlook.UNKNOWN
    return Forecast(Outlook.UNKNOWN, "not all filters are known") if doubt else _WORKS


def _at_hop(case: Case, hop: Hop, reverse: bool, other: Trace) -> Forecast:
    """Would its device stop the first packet of that direction?"""
    first = at_hop(
        case, hop, "established" if reverse else "new", "S." if reverse else "S", reverse
    )
    if first.action.stops:
        return Forecast(Outlook.FAILS, f"{hop.name}: {first.words}")
    strange = other.hop(hop.device or "") is None and not _shared(case, hop)
    needs = needs_state(case, hop, reply=reverse) if strange else False
    if needs:
        text = f"{hop.name} sees one direction only and drops what it does not know"
        return Forecast(Outlook.FAILS, text)
    unsure = needs is None or first.action is FilterAction.UNKNOWN
    return Forecast(Outlook.UNKNOWN) if unsure else _WORKS


def _shared(case: Case, hop: Hop) -> bool:
    """Does a partner's session reach this device?"""
    device = case.inventory.named(hop.device) if hop.device else None
    if device is None or not case.inventory.partners(device):
        return False
    open_ends = replace(hop.flow_in, sport=None, dport=None)
    return session_of(case, device.name, open_ends) is not None


# --- what was tried ---


def _tried(findings: Findings) -> dict[int, bool]:
    """Which source ports were tried, and did they work? The latest attempt of each counts."""
    found: dict[int, bool] = {}
    for attempt in findings.attempts:
        if attempt.flow.sport is not None and attempt.end is not ConnState.OPEN and attempt.fresh:
            found[attempt.flow.sport] = attempt.end is ConnState.WORKED
    client = findings.case.client
    for reach, _ in findings.case.all_records(
        client.name if client else "", Question.PORT_SWEEP, ProbeResult
    ):
        if reach.sport is not None:
            found[reach.sport] = reach.ok
    return found


def _agreement(ways: Iterable[Way], tried: dict[int, bool]) -> FailingShare | None:
    told = [way for way in ways if way.fails is not None]
    said = {port: way.fails for way in told for port in way.ports}
    both = tried.keys() & said.keys()
    if not both:
        return None
    return FailingShare(sum(tried[port] is not said[port] for port in both), len(both))


def _working(ways: Iterable[Way], tried: dict[int, bool]) -> int | None:
    measured = [port for port, ok in tried.items() if ok]
    predicted = [
        port
        for way in ways
        if way.fails is False
        for port in way.ports
        if tried.get(port) is not False
    ]
    return next(iter((*measured, *predicted)), None)


def _culprit(ways: tuple[Way, ...]) -> tuple[str, bool, str] | None:
    """The one leg that every failing way takes and no working way does."""
    failing = [set(way.legs) for way in ways if way.fails]
    working = {leg for way in ways if way.fails is False for leg in way.legs}
    if not failing:
        return None
    common = set.intersection(*failing) - working
    return common.pop() if len(common) == 1 else None
