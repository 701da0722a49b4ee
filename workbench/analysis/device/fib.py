"""Where would this device send exactly this packet? Its own answer where it gave one, its rules and
tables else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Address, Flow
from collectors.model.records import NextHop, PolicyRule, Route, RouteChoice
from collectors.playbook import route_get
from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import hop_words, route_words, rule_words
from workbench.analysis.device.policy_rules import rules, rules_known, selects, shortest
from workbench.analysis.device.route_changes import outdated

ENDINGS = frozenset({"blackhole", "unreachable", "prohibit"})
UNICAST = "unicast"
LOCAL = "local"
NO_ROUTE = "no route"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a device does with one packet, as routing selects, and what that rests on."""

    kind: str  # unicast, local, blackhole, unreachable, prohibit, "no route", unknown
    next_hops: tuple[NextHop, ...] = ()  # the whole ECMP set
    # the one of them that this flow takes, where it is known or there is only one
    chosen: NextHop | None = None
    # "rule 100 (from 192.0.2.0/24) -> table 100, default via 198.51.100.1 dev eth1"
    words: str = ""
    rule: PolicyRule | None = None
    route: Route | None = None
    table: str | None = None
    source: Address | None = None
    mtu: int | None = None
    evidence: tuple[str, ...] = ()
    exact: bool = False  # the device answered for exactly this packet
    refusal: str | None = None  # the kernel's words when it refused to route exactly this packet
    doubts: tuple[str, ...] = ()  # rules that may or may not apply

    @property
    def told(self) -> str:
        """The decision in words, and what the device said where it refused."""
        return (
            self.words
            if not self.refusal
            else f"{self.words} (it refuses this packet: {self.refusal})"
        )

    @property
    def rule_priority(self) -> int | None:
        """Which policy rule chose the table (0, 32766 and 32767 are those that every device
        has)."""
        return self.rule.priority if self.rule else None


def decide(
    case: Case, device: str, flow: Flow, iif: str | None = None, mark: int | None = None
) -> Decision:
    """Where does the device send this packet? iif None = the device sends it itself."""
    tables = from_tables(case, device, flow, iif, mark)
    asked = choice(case, device, flow, iif, mark)
    if asked is None and tables.kind == UNKNOWN and iif is not None:
        asked = _asked_without_where(case, device, flow)
    return tables if asked is None else _own_answer(tables, *asked)


def _asked_without_where(
    case: Case, device: str, flow: Flow
) -> tuple[RouteChoice, Evidence] | None:
    """A person asks a router for the destination alone, and pastes that: better than nothing about
    what comes in."""
    found = choice(case, device, flow, None, None)
    return found if found is not None and found[1].pasted_by is not None else None


def query(
    device: str, flow: Flow, iif: str | None, mark: int | None, tos: int | None = None
) -> Query:
    """The question to the device itself about exactly this packet."""
    params = QueryParams(flow=flow, iif=iif, mark=mark or None, tos=tos)
    return Query(device, Question.ROUTE_CHOICE, params, step=route_get.STEP.id)


def was_asked(case: Case, device: str, flow: Flow, iif: str | None, mark: int | None) -> bool:
    """Was the device asked about exactly this packet, whatever came of it?"""
    params = query(device, flow, iif, mark, tos_of(case, device, flow)).params
    return any(item.params == params for item in case.answers(device, Question.ROUTE_CHOICE))


def choice(
    case: Case, device: str, flow: Flow, iif: str | None, mark: int | None
) -> tuple[RouteChoice, Evidence] | None:
    """The device's own newest answer for exactly this packet, unless its routes changed since."""
    params = query(device, flow, iif, mark, tos_of(case, device, flow)).params
    for record, item in case.all_records(device, Question.ROUTE_CHOICE, RouteChoice):
        if item.params == params:
            return None if outdated(case, item, flow.dst) else (record, item)
    return None


def _own_answer(tables: Decision, told: RouteChoice, item: Evidence) -> Decision:
    if told.kind == "invalid" or (told.kind in ENDINGS and tables.kind == UNICAST and told.error):
        return _refused(tables, told, item)
    if told.kind in ENDINGS and tables.kind in ENDINGS | {NO_ROUTE}:
        return replace(tables, exact=True, refusal=told.error, evidence=(item.id, *tables.evidence))
    tables = _with_hop_taken(tables, told.next_hop)
    same = next((hop for hop in tables.next_hops if _leads(hop, told.next_hop)), told.next_hop)
    agrees = told.kind == tables.kind and (same in tables.next_hops or told.kind == LOCAL)
    return replace(
        tables if agrees else _bare(told),
        kind=told.kind,
        chosen=same,
        source=told.source,
        mtu=told.mtu or tables.mtu,
        evidence=(item.id, *tables.evidence),
        exact=True,
        doubts=(),
    )


def _with_hop_taken(tables: Decision, taken: NextHop | None) -> Decision:
    """A kernel goes on using a next hop whose link is down (`linkdown`), unless it is told to leave
    such ones out."""
    every = tables.route.next_hops if tables.route is not None else ()
    hops = tuple(hop for hop in every if hop in tables.next_hops or _leads(hop, taken))
    return replace(tables, next_hops=hops) if len(hops) > len(tables.next_hops) else tables


def _bare(told: RouteChoice) -> Decision:
    hops = (told.next_hop,) if told.next_hop else ()
    words = (
        f"its own answer: {hop_words(told.next_hop)}"
        if told.next_hop
        else f"its own answer: {told.kind}"
    )
    if told.table:
        words += f" (table {told.table})"
    return Decision(told.kind, hops, told.next_hop, words, table=told.table)


def _refused(tables: Decision, told: RouteChoice, item: Evidence) -> Decision:
    """`Invalid argument` is a reverse-path refusal or a blackhole: only the tables tell which, and
    what is beyond."""
    kind = tables.kind
    if kind == UNKNOWN and told.kind in ENDINGS:
        kind = told.kind
    error = told.error or told.kind
    return replace(tables, kind=kind, refusal=error, evidence=(item.id, *tables.evidence))


def _leads(one: NextHop, other: NextHop | None) -> bool:
    return other is not None and one.interface == other.interface and one.gateway == other.gateway


# --- rules and tables ---


def from_tables(
    case: Case, device: str, flow: Flow, iif: str | None = None, mark: int | None = None
) -> Decision:
    """What do the device's rules and tables say about this packet, its own answer left aside?"""
    routes = case.answer(device, Question.ROUTES)
    if routes is None:
        return _without_tables(case, device, flow, iif, mark)
    own = _own_address(case, device, flow.dst, routes)
    found = own or _follow_rules(case, device, flow, iif, mark or 0)
    if (
        own is None
        and not _certain(found)
        and not (routes.whole and main_told(case, device, flow.version))
    ):
        in_part = (case, device, flow, iif, mark)
        found = _without_tables(*in_part, IN_PART) if routes.pasted_by else _by_entry(*in_part)
    return replace(found, evidence=(*_rules_evidence(case, device), routes.id, *found.evidence))


def _own_address(case: Case, device: str, address: Address, routes: Evidence) -> Decision | None:
    """A person pastes the main table only: an address of the device's own is local all the same."""
    told = routes.of(Route)
    if any(route.table in _LOCAL_TABLES for route in told):
        return None
    sources = {
        route.source
        for route in told
        if route.next_hops and not any(h.gateway for h in route.next_hops)
    }
    held = address in sources or any(port.address.ip == address for port in case.ports_of(device))
    return Decision(LOCAL, words=f"{address} is its own address") if held else None


_LOCAL_TABLES = frozenset({"local", "255"})


def _by_entry(case: Case, device: str, flow: Flow, iif: str | None, mark: int | None) -> Decision:
    """Its tables were told in part only: the entry that it named for exactly this packet, with all
    its next hops."""
    params = query(device, flow, iif, mark).params
    for route, item in case.all_records(device, Question.NEXTHOP_SETS, Route):
        same = (item.params.flow, item.params.mark) == (
            params.flow,
            params.mark,
        ) and item.params.iif in (None, iif)
        if (
            same
            and flow.dst.version == route.destination.version
            and flow.dst in route.destination
            and item.whole
        ):
            words = f"{IN_PART}; the entry that it names: {route_words(route)}"
            return replace(_entry(route), words=words, evidence=(item.id,))
    return _picked(case, device, flow) or Decision(UNKNOWN, words=IN_PART)


def _picked(case: Case, device: str, flow: Flow) -> Decision | None:
    """Somebody picked the routes of this destination out of the tables: `ip route show match
    198.51.100.7`."""
    for item in case.usable(device, Question.ROUTES):
        if item.pasted_by is None or item.params.flow is None or item.params.flow.dst != flow.dst:
            continue
        told = [
            r
            for r in item.of(Route)
            if r.table in _MAIN and r.destination.version == flow.dst.version
        ]
        route = best([one for one in told if flow.dst in one.destination])
        if route is not None:
            words = f"{IN_PART}; the entry that was asked for: {route_words(route)}"
            return replace(_entry(route), words=words, evidence=(item.id,))
    return None


IN_PART = "its tables were told in part only"
_MAIN = frozenset({"main", "254"})


def main_told(case: Case, device: str, version: int) -> bool:
    """Was the main table of that IP version told at all? `ip -6 route` that somebody pasted says
    nothing of IPv4."""
    answers = case.usable(device, Question.ROUTES)
    if any(item.pasted_by is None for item in answers):
        return True
    told = [route for item in answers for route in item.of(Route)]
    return not told or any(
        route.table in _MAIN and route.destination.version == version for route in told
    )


def _certain(found: Decision) -> bool:
    """Does it stand whatever other routes there are? Its own addresses do: nothing is asked before
    them."""
    return (
        found.kind == LOCAL
        and found.rule_priority == 0
        and found.route is not None
        and _is_host(found.route)
    )


def _is_host(route: Route) -> bool:
    return route.destination.num_addresses == 1


def _rules_evidence(case: Case, device: str) -> tuple[str, ...]:
    item = case.answer(device, Question.RULES)
    return (item.id,) if item else ()


def _without_tables(
    case: Case,
    device: str,
    flow: Flow,
    iif: str | None,
    mark: int | None,
    words: str = "its routes are not known",
) -> Decision:
    """Only an entry was told, or addresses: the entry counts more than what the addresses let be
    expected."""
    near = _from_interfaces(case, device, flow, words)
    entry = _by_entry(case, device, flow, iif, mark)
    return near if near.kind == LOCAL or entry.kind == UNKNOWN else entry


def _from_interfaces(case: Case, device: str, flow: Flow, what: str) -> Decision:
    item = case.answer(device, Question.INTERFACES)
    evidence = (item.id,) if item else ()
    for port in case.ports_of(device):
        if port.address.ip == flow.dst:
            return Decision(LOCAL, words=f"{flow.dst} is its own address", evidence=evidence)
    for port in case.ports_of(device):
        if port.interface and not port.on_loopback and flow.dst in port.address.network:
            hop = NextHop(port.interface)
            words = f"{what}, but {port.interface} is on {port.address.network}"
            return Decision(UNICAST, (hop,), hop, words, evidence=evidence)
    return Decision(UNKNOWN, words=what, evidence=evidence)


def _follow_rules(case: Case, device: str, flow: Flow, iif: str | None, mark: int) -> Decision:
    doubts: list[str] = []
    skip_to = -1
    tos = tos_of(case, device, flow)
    for rule in rules(case, device, flow.version):
        if rule.priority < skip_to:
            continue
        applies = selects(rule, flow, iif, mark, tos)
        if applies is None:
            doubts.append(rule_words(rule))
        if not applies:
            continue
        if rule.action == "goto":
            skip_to = rule.goto or -1
            continue
        found = _apply(case, device, rule, flow)
        if found is not None:
            return replace(found, doubts=tuple(doubts))
    if not rules_known(case, device):
        return Decision(
            UNKNOWN, words="its policy rules were told in part only", doubts=tuple(doubts)
        )
    return Decision(NO_ROUTE, words=f"no table has a route to {flow.dst}", doubts=tuple(doubts))


def _apply(case: Case, device: str, rule: PolicyRule, flow: Flow) -> Decision | None:
    """What the rule's action yields; None = nothing, so the next rule is asked."""
    if rule.action in ENDINGS:
        return Decision(rule.action, words=f"{rule_words(rule)}: {rule.action}", rule=rule)
    if rule.table is None:
        return None
    candidates = _covering(case, device, rule.table, flow)
    route = best([one for one in candidates if one.destination.prefixlen > shortest(rule)])
    if route is None or route.kind == "throw":
        return None
    return _by_route(rule, route)


def _covering(case: Case, device: str, table: str, flow: Flow) -> list[Route]:
    routes = (
        r
        for r in case.records(device, Question.ROUTES, Route)
        if r.destination.version == flow.version
    )
    fitting = (r for r in routes if r.table == table and flow.dst in r.destination)
    return [r for r in fitting if r.only_from is None or flow.src in r.only_from]


def best(candidates: Iterable[Route]) -> Route | None:
    """Longest prefix first, then the longest source prefix, then the lowest metric; equal IPv6
    routes are one set."""
    usable = [
        route
        for route in candidates
        if not route.next_hops or any(hop.up for hop in route.next_hops)
    ]
    if not usable:
        return None
    first = min(usable, key=_precedence)
    equal = [route for route in usable if _same_entry(route, first)]
    if len(equal) == 1 or first.destination.version == 4:
        return first
    return replace(
        first, next_hops=tuple(dict.fromkeys(hop for route in equal for hop in route.next_hops))
    )


def _precedence(route: Route) -> tuple[int, int, int]:
    return (
        -route.destination.prefixlen,
        -(route.only_from.prefixlen if route.only_from else 0),
        route.metric,
    )


def _same_entry(one: Route, other: Route) -> bool:
    return (one.destination, one.kind, _precedence(one)) == (
        other.destination,
        other.kind,
        _precedence(other),
    )


def _by_route(rule: PolicyRule, route: Route) -> Decision:
    return replace(_entry(route), words=f"{rule_words(rule)}, {route_words(route)}", rule=rule)


def _entry(route: Route) -> Decision:
    hops = tuple(hop for hop in route.next_hops if hop.up)
    kind = LOCAL if route.kind in {"local", "anycast"} else route.kind
    return Decision(
        kind,
        next_hops=hops,
        chosen=hops[0] if len(hops) == 1 else None,
        route=route,
        table=route.table,
        source=route.source,
        mtu=route.mtu,
    )


def ways_out(case: Case, device: str, address: Address) -> tuple[NextHop, ...]:
    """Every next hop that any table of the device has for the address, the longest prefixes
    first."""
    routes = [r for r in case.records(device, Question.ROUTES, Route) if r.kind == UNICAST]
    fitting = [
        r for r in routes if r.destination.version == address.version and address in r.destination
    ]
    ordered = sorted(fitting, key=lambda route: -route.destination.prefixlen)
    return tuple(dict.fromkeys(hop for route in ordered for hop in route.next_hops))


def any_route_out(case: Case, device: str, address: Address, interface: str) -> NextHop | None:
    """By which next hop could the packet have left on this interface, whatever rule sent it
    there?"""
    return next(
        (hop for hop in ways_out(case, device, address) if hop.interface == interface), None
    )


# --- reverse-path check ---


@dataclass(frozen=True, slots=True)
class PathCheck:
    """What the kernel's reverse-path check (rp_filter) of one interface makes of one packet."""

    # 0 off, 1 strict, 2 loose: the larger of "all" and the interface; None = not known
    mode: int | None
    drops: bool | None  # None = not known
    back: Decision | None = None  # where the device itself would send packets to the source
    words: str = ""
    evidence: tuple[str, ...] = ()


def reverse_path_check(
    case: Case,
    device: str,
    flow: Flow,
    iif: str | None,
    oif: str | None = None,
    mark: int | None = None,
) -> PathCheck:
    """Would rp_filter on the input interface drop this packet? oif None = the packet is for the
    device itself.

    IPv6 has no rp_filter: there the question is one for the packet filter (`fib saddr . iif oif
    missing`).
    """
    if iif is None or flow.version == 6:
        return PathCheck(0, False, words="no reverse-path check applies")
    mode, evidence = rp_mode(case, device, iif)
    back = from_tables(
        case, device, flow.reversed(), oif, mark if _marks_count(case, device, iif) else 0
    )
    back = decide(case, device, flow.reversed(), oif, mark) if back.kind == UNKNOWN else back
    proof = (*evidence, *back.evidence)
    if back.kind == LOCAL:
        return _own_source(case, device, flow, iif, mode, back, proof)
    if mode == 0:
        return PathCheck(0, False, back, f"rp_filter is off on {iif}", proof)
    if mode is None or back.kind == UNKNOWN:
        return PathCheck(mode, None, back, "not known", proof)
    ways = sorted({hop.interface or "?" for hop in back.next_hops})
    if back.kind != UNICAST:
        return PathCheck(mode, True, back, f"it has no route back to {flow.src}", proof)
    if mode == 1 and iif not in ways:
        words = (
            f"strict: {flow.src} would be reached by {' or '.join(ways)}, the packet came in on"
            f" {iif}"
        )
        return PathCheck(mode, True, back, words, proof)
    words = (
        "loose: there is a route to the source"
        if mode == 2
        else f"strict: {flow.src} is reached by {iif} too"
    )
    return PathCheck(mode, False, back, words, proof)


def _own_source(
    case: Case,
    device: str,
    flow: Flow,
    iif: str,
    mode: int | None,
    back: Decision,
    proof: tuple[str, ...],
) -> PathCheck:
    """A packet from an address of one's own is a martian, whatever rp_filter says."""
    accepted = [case.setting(device, f"net.ipv4.conf.{name}.accept_local") for name in ("all", iif)]
    words = f"{flow.src} is an address of its own: a packet from it is a martian"
    return PathCheck(mode, "1" not in accepted, back, words, proof)


def rp_mode(case: Case, device: str, iif: str) -> tuple[int | None, tuple[str, ...]]:
    """Which reverse-path mode counts on the interface: the larger of "all" and its own. None = not
    known."""
    values = [case.setting(device, f"net.ipv4.conf.{name}.rp_filter") for name in ("all", iif)]
    known = [int(value) for value in values if value is not None and value.isdigit()]
    evidence = tuple(item.id for item in case.answers(device, Question.SETTINGS)[-1:])
    if not known or (len(known) == 1 and known[0] == 0):
        return None, evidence
    return max(known), evidence


def _marks_count(case: Case, device: str, iif: str) -> bool:
    return "1" in (
        case.setting(device, f"net.ipv4.conf.{name}.src_valid_mark") for name in ("all", iif)
    )
