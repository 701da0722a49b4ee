"""What does this device turn the flow into? Its own sessions first, its NAT rules else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow, Protocol, addresses_in
from collectors.model.inventory import Role
from collectors.model.records import FilterRule, NextHop, Packet, Session
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Boundary, Hop
from workbench.analysis.device.filtering import TRANSLATIONS, ChainPass, through
from workbench.analysis.device.hop_filtering import needs_state
from workbench.analysis.device.inferred_nat import seen_as
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.rulesets import key_of, ruleset

MOST_TARGETS = 16


@dataclass(frozen=True, slots=True)
class Translation:
    """The flow as it leaves the device, and what that rests on."""

    flow: Flow
    words: str = ""
    observed: bool = False  # a session entry says so
    settled: bool = False  # state decides: no NAT rule is asked any more
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewSession:
    """State that one direction is predicted to have created on a device."""

    device: str
    came: Flow
    went: Flow


def session_of(case: Case, device: str, flow: Flow) -> tuple[Session, bool, Evidence] | None:
    """The device's newest entry for this packet, and whether the packet is a reply in it.

    ICMP has no ports: somebody's own ping to a translated address looks like the answer. Translated
    ones come first.
    """
    if flow.protocol is not Protocol.ICMP:
        return next(_entries(case, device, flow), None)
    found = list(_entries(case, device, flow))
    return next((one for one in found if one[0].translated), found[0] if found else None)


def _entries(case: Case, device: str, flow: Flow) -> Iterator[tuple[Session, bool, Evidence]]:
    for session, item in case.sessions(device):
        if session.original.matches(flow):
            yield session, False, item
        elif session.reply.matches(flow):
            yield session, True, item


def arriving(
    case: Case, device: str, flow: Flow, iif: str | None, made: Iterable[NewSession], reply: bool
) -> Translation:
    """The flow after what happens before routing; where state decides, after all that will happen
    to it."""
    held = session_of(case, device, flow)
    if held is not None:
        return _by_session(flow, *held)
    for state in made:
        if state.device == device and state.went.reversed().matches(flow):
            return Translation(
                _ports_of(flow, state.came.reversed()),
                "the state that it made on the way out",
                settled=True,
            )
    if reply and flow.protocol is not Protocol.UDP:
        return Translation(flow, settled=True)  # INVALID here: NAT rules are not asked
    before = _by_rule(
        case, device, "output" if iif is None else "prerouting", PacketUnderTest(flow, iif), None
    )
    later = before if before.words else _by_captures(case, device, before)
    return later if later.flow.dst != flow.dst or later.flow.dport != flow.dport else before


def leaving(
    case: Case, device: str, sofar: Translation, iif: str | None, hop: NextHop
) -> Translation:
    """The flow as it goes out by this next hop."""
    if sofar.settled:
        return sofar
    after = _by_rule(
        case, device, "postrouting", PacketUnderTest(sofar.flow, iif, hop.interface), hop
    )
    return after if after.words else _by_captures(case, device, sofar)


def _by_captures(case: Case, device: str, sofar: Translation) -> Translation:
    """A device that hides what it translates: the same SYN was captured under other addresses
    behind it."""
    seen = seen_as(case, device, sofar.flow)
    if seen is None:
        return sofar
    flow, evidence = seen
    return Translation(
        _ports_of(sofar.flow, flow), f"captured behind it as {flow}", True, evidence=evidence
    )


def _by_session(flow: Flow, session: Session, reply: bool, item: Evidence) -> Translation:
    after = session.original.reversed() if reply else session.reply.reversed()
    words = f"its session {session.original} is {after}" if session.translated else ""
    return Translation(_ports_of(flow, after), words, True, True, (item.id,))


def _ports_of(flow: Flow, after: Flow) -> Flow:
    """A port that is not known before is not known after."""
    sport = None if flow.sport is None else after.sport
    return replace(after, sport=sport, dport=None if flow.dport is None else after.dport)


# --- rules ---


def _by_rule(
    case: Case, device: str, hook: str, tested: PacketUnderTest, hop: NextHop | None
) -> Translation:
    """By the rule that it meets; of several that it may meet, and of several targets, the one that
    was captured."""
    found = [
        Translation(after, f"{rule.text or rule.verdict}", evidence=ruleset(case, device).evidence)
        for rule in nat_rules(case, device, hook, tested)
        for after in _turned(case, device, rule, tested, hop)
    ]
    shapes = shapes_seen(case) if len(found) > 1 else frozenset()
    return next(
        (one for one in found if one.flow in shapes), next(iter(found), Translation(tested.flow))
    )


def _turned(
    case: Case, device: str, rule: FilterRule, tested: PacketUnderTest, hop: NextHop | None
) -> Iterator[Flow]:
    """All that one rule may make of the packet."""
    source = rule.verdict in ("snat", "masquerade") or hop is not None
    for address, port in _targets(case, device, rule, tested, hop):
        if source:
            yield tested.flow.translated(src=address, sport=port)
        else:
            yield tested.flow.translated(dst=address, dport=port)


def shapes_seen(case: Case) -> frozenset[Flow]:
    """Every flow that any capture shows, in any translation."""
    if "shapes" not in case.memo:
        items = (item for item in case.evidence if item.question is Question.CAPTURE)
        case.memo["shapes"] = frozenset(
            p.flow for item in items for p in item.of(Packet) if p.flow is not None
        )
    found: frozenset[Flow] = case.memo["shapes"]
    return found


def might_become(case: Case, hop: Hop) -> Iterator[Flow]:
    """All that a device's NAT rules may make of the flow before routing: a balancer has more
    servers than one."""
    if hop.device is None:
        return
    tested = PacketUnderTest(hop.flow_in, hop.iif)
    for rule in nat_rules(case, hop.device, "output" if hop.iif is None else "prerouting", tested)[
        :MOST_TARGETS
    ]:
        if rule.verdict in ("dnat", "redirect"):
            yield from _turned(case, hop.device, rule, tested, None)


def source_translation(case: Case, hop: Hop) -> FilterRule | None:
    """The rule by which the device gives a new session of this flow another source, or None."""
    if hop.device is None:
        return None
    before = hop.flow_in.translated(dst=hop.flow_out.dst, dport=hop.flow_out.dport)
    rule = nat_rule(case, hop.device, "postrouting", PacketUnderTest(before, hop.iif, hop.oif))
    return rule if rule is not None and rule.verdict in ("snat", "masquerade") else None


def nat_rule(case: Case, device: str, hook: str, tested: PacketUnderTest) -> FilterRule | None:
    """The NAT rule that the first packet of this flow meets at the hook, or None."""
    return next(iter(nat_rules(case, device, hook, tested)), None)


def nat_rules(case: Case, device: str, hook: str, tested: PacketUnderTest) -> list[FilterRule]:
    """That rule; where it depends on a condition that cannot be judged (chance, a hash), all that it
    may be."""
    found = ruleset(case, device)
    for chain in found.at(hook, tested.flow.version):
        if chain.kind != "nat":
            continue
        run = ChainPass(case, device, found, hook, tested)
        ended = through(run, key_of(chain), frozenset())
        met = [*([ended] if ended else []), *run.possible]
        translating = [rule for _, rule in met if rule.verdict in TRANSLATIONS]
        if translating:
            return translating
    return []


_PORT = re.compile(r"(?:^|[\d\]])(?::| ports? )(\d{1,5})(?:-\d+)?$|^(\d{1,5})$")

_WHOLE_NETWORK = re.compile(r"/(\d{1,3})$")  # NETMAP --to 10.50.3.0/24


def _targets(
    case: Case, device: str, rule: FilterRule, tested: PacketUnderTest, hop: NextHop | None
) -> Iterator[tuple[Address | None, int | None]]:
    """The address and port that the rule gives; of a range of addresses each."""
    address, port = _target(case, device, rule, tested, hop)
    last = _RANGE.search(rule.target or "")
    ends = addresses_in(last[0], tested.flow.version) if last and address is not None else ()
    if address is not None and len(ends) == 2 and address == ends[0]:
        most = min(int(ends[1]) - int(ends[0]) + 1, MOST_TARGETS)
        yield from ((address + step, port) for step in range(most))
    elif address is not None or port is not None:
        yield address, port


_RANGE = re.compile(r"[0-9A-Fa-f.:]{2,45}\]?-\[?[0-9A-Fa-f.:]{2,45}")  # 10.0.0.5-10.0.0.7


def _target(
    case: Case, device: str, rule: FilterRule, tested: PacketUnderTest, hop: NextHop | None
) -> tuple[Address | None, int | None]:
    text = (rule.target or "").strip()
    if rule.verdict == "masquerade":
        return _own_address(case, device, tested, hop), None
    port = _PORT.search(text) if tested.flow.protocol is not Protocol.ICMP else None
    number = int(port[1] or port[2]) if port and rule.verdict != "snat" else None
    if rule.verdict == "redirect":
        return _own_address(case, device, replace(tested, oif=tested.iif), None), number
    address = next(iter(addresses_in(text, tested.flow.version)), None)
    kept = _WHOLE_NETWORK.search(text)
    if address is not None and kept is not None:
        before = tested.flow.src if tested.oif is not None else tested.flow.dst
        return _moved(before, address, int(kept[1])), None
    return address, number


def _moved(before: Address, network: Address, length: int) -> Address:
    """A network that is turned into another one as a whole: each address keeps its place in it."""
    hosts = (1 << (network.max_prefixlen - length)) - 1
    return type(network)((int(network) & ~hosts) | (int(before) & hosts))


def _own_address(
    case: Case, device: str, tested: PacketUnderTest, hop: NextHop | None
) -> Address | None:
    """The address that it would take for itself on the way out: the one in the next hop's subnet
    first."""
    towards = hop.gateway if hop and hop.gateway else tested.flow.dst
    own = [
        p.address
        for p in case.ports_of(device)
        if p.interface == tested.oif and p.address.version == towards.version
    ]
    own = [address for address in own if not address.ip.is_link_local] or own
    fitting = [address for address in own if towards in address.network]
    return next((address.ip for address in (*fitting, *own)), None)


# --- what keeps state here ---

_BY_ROLE = {
    Role.FIREWALL: Boundary.FIREWALL,
    Role.NAT: Boundary.NAT,
    Role.LOAD_BALANCER: Boundary.LOAD_BALANCER,
    Role.IDS: Boundary.IDS,
}


def boundary(case: Case, hop: Hop, *, reply: bool) -> Boundary | None:
    """What kind of state does this hop keep about the flow? A router that tracks but never drops is
    no boundary."""
    device = case.inventory.named(hop.device) if hop.device else None
    if device is not None and _between(case, hop):
        return Boundary.NAT if hop.flow_in != hop.flow_out else Boundary.FIREWALL
    if device is None or hop.iif is None or (hop.oif is None and case.reached(device.name)):
        return None  # the ends always see both directions
    if hop.flow_in != hop.flow_out:
        return Boundary.LOAD_BALANCER if device.role is Role.LOAD_BALANCER else Boundary.NAT
    if device.role in _BY_ROLE:
        return _BY_ROLE[device.role]
    needs = needs_state(case, hop, reply=reply)
    return Boundary.FIREWALL if needs or (needs is None and _waits(case, hop)) else None


def _between(case: Case, hop: Hop) -> bool:
    """Is it neither end, of unknown ports, and does its table hold the flow?"""
    ends = (*case.holders(hop.flow_in.src), *case.holders(hop.flow_out.dst))
    inner = hop.unrouted and not any(port.device == hop.device for port in ends)
    return inner and session_of(case, hop.device or "", hop.flow_in) is not None


def _waits(case: Case, hop: Hop) -> bool:
    """Does its table hold the flow as never answered? Then it keeps state, whatever it did not tell
    of its rules."""
    held = session_of(case, hop.device or "", hop.flow_in)
    return held is not None and held[0].unreplied
