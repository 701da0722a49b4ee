"""What does this device turn the flow into? Its own sessions first, its NAT rules else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterChain, FilterRule, NextHop, Packet, Session
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.filtering import TRANSLATIONS, ChainPass, through
from workbench.analysis.device.inferred_nat import seen_as
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.nat_targets import MOST_TARGETS, targets
from workbench.analysis.device.rulesets import key_of, ruleset


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
    entries = _entries(case, device, flow)
    if flow.protocol is Protocol.ICMP:
        entries = iter(sorted(entries, key=lambda entry: not entry[0].translated))
    return next(entries, None)


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
    predicted = next((one for one in made if _is_answered_by(one, device, flow)), None)
    if predicted is not None:
        before = _ports_of(flow, predicted.came.reversed())
        return Translation(before, "the state that it made on the way out", settled=True)
    if reply and flow.protocol is not Protocol.UDP:
        return Translation(flow, settled=True)  # INVALID here: NAT rules are not asked
    return _before_routing(case, device, flow, iif)


def _is_answered_by(made: NewSession, device: str, flow: Flow) -> bool:
    return made.device == device and made.went.reversed().matches(flow)


def _before_routing(case: Case, device: str, flow: Flow, iif: str | None) -> Translation:
    """Its target as rules or captures translate it; sources are translated later."""
    before = _by_rule(case, device, _first_hook(iif), PacketUnderTest(flow, iif), None)
    if before.words:
        return before
    captured = _by_captures(case, device, before)
    target = (captured.flow.dst, captured.flow.dport)
    return before if target == (flow.dst, flow.dport) else captured


def _first_hook(iif: str | None) -> str:
    """Where are targets translated? iif None = the device sends the packet itself."""
    return "output" if iif is None else "prerouting"


def leaving(
    case: Case, device: str, sofar: Translation, iif: str | None, hop: NextHop
) -> Translation:
    """The flow as it goes out by this next hop."""
    if sofar.settled:
        return sofar
    tested = PacketUnderTest(sofar.flow, iif, hop.interface)
    after = _by_rule(case, device, "postrouting", tested, hop)
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
    if flow.sport is None:
        after = replace(after, sport=None)
    if flow.dport is None:
        after = replace(after, dport=None)
    return after


# --- rules ---


def _by_rule(
    case: Case, device: str, hook: str, tested: PacketUnderTest, hop: NextHop | None
) -> Translation:
    """By the rule that it meets; of several that it may meet, and of several targets, the one that
    was captured."""
    found = list(_by_rules(case, device, hook, tested, hop))
    if not found:
        return Translation(tested.flow)
    if len(found) == 1:
        return found[0]
    shapes = shapes_seen(case)
    return next((one for one in found if one.flow in shapes), found[0])


def _by_rules(
    case: Case, device: str, hook: str, tested: PacketUnderTest, hop: NextHop | None
) -> Iterator[Translation]:
    """All that its rules may make of the packet at that hook."""
    for rule in nat_rules(case, device, hook, tested):
        words, proof = rule.text or rule.verdict, ruleset(case, device).evidence
        for after in _turned(case, device, rule, tested, hop):
            yield Translation(after, words, evidence=proof)


_OF_SOURCES = frozenset({"snat", "masquerade"})


def _turned(
    case: Case, device: str, rule: FilterRule, tested: PacketUnderTest, hop: NextHop | None
) -> Iterator[Flow]:
    """All that one rule may make of the packet."""
    source = rule.verdict in _OF_SOURCES or hop is not None
    for address, port in targets(case, device, rule, tested, hop):
        if source:
            yield tested.flow.translated(src=address, sport=port)
        else:
            yield tested.flow.translated(dst=address, dport=port)


def shapes_seen(case: Case) -> frozenset[Flow]:
    """Every flow that any capture shows, in any translation."""
    if "shapes" not in case.memo:
        case.memo["shapes"] = frozenset(_captured_flows(case))
    found: frozenset[Flow] = case.memo["shapes"]
    return found


def _captured_flows(case: Case) -> Iterator[Flow]:
    for item in case.evidence:
        if item.question is not Question.CAPTURE:
            continue
        for packet in item.of(Packet):
            if packet.flow is not None:
                yield packet.flow


def might_become(case: Case, hop: Hop) -> Iterator[Flow]:
    """All that a device's NAT rules may make of the flow before routing: a balancer has more
    servers than one."""
    if hop.device is None:
        return
    tested = PacketUnderTest(hop.flow_in, hop.iif)
    rules = nat_rules(case, hop.device, _first_hook(hop.iif), tested)
    for rule in rules[:MOST_TARGETS]:
        if rule.verdict in ("dnat", "redirect"):
            yield from _turned(case, hop.device, rule, tested, None)


def source_translation(case: Case, hop: Hop) -> FilterRule | None:
    """The rule by which the device gives a new session of this flow another source, or None."""
    if hop.device is None:
        return None
    before = hop.flow_in.translated(dst=hop.flow_out.dst, dport=hop.flow_out.dport)
    rule = nat_rule(case, hop.device, "postrouting", PacketUnderTest(before, hop.iif, hop.oif))
    if rule is None or rule.verdict not in _OF_SOURCES:
        return None
    return rule


def nat_rule(case: Case, device: str, hook: str, tested: PacketUnderTest) -> FilterRule | None:
    """The NAT rule that the first packet of this flow meets at the hook, or None."""
    return next(iter(nat_rules(case, device, hook, tested)), None)


def nat_rules(case: Case, device: str, hook: str, tested: PacketUnderTest) -> list[FilterRule]:
    """That rule; where it depends on a condition that cannot be judged (chance, a hash), all
    that it may be."""
    found = ruleset(case, device)
    for chain in found.at(hook, tested.flow.version):
        if chain.kind != "nat":
            continue
        met = _may_decide(ChainPass(case, device, found, hook, tested), chain)
        translating = [rule for rule in met if rule.verdict in TRANSLATIONS]
        if translating:
            return translating
    return []


def _may_decide(run: ChainPass, chain: FilterChain) -> list[FilterRule]:
    """The rule that decides in this chain, and those before it of which that is not known."""
    ended = through(run, key_of(chain), frozenset())
    possible = [rule for _, rule in run.possible]
    if ended is None:
        return possible
    return [ended[1], *possible]
