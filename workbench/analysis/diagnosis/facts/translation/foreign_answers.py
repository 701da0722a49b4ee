"""Answers that reach the client from an address or port that it never asked: who changed it on the
way?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import FilterRule, Packet
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.captures.flow_counts import Captured, captured
from workbench.analysis.captures.observations import fingerprint
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.device.matching import SOMEWHERE, PacketUnderTest, applies
from workbench.analysis.device.rulesets import newest_rules
from workbench.analysis.device.translation import nat_rule, session_of
from workbench.analysis.diagnosis.context import Context

UNREACHABLE = frozenset({(3, 3), (1, 4)})


@dataclass(frozen=True, slots=True)
class Stranger:
    """The client asked for `asked` (its request), and the answer came as `came`."""

    context: Context
    asked: Flow
    came: Flow
    # the client itself sent a reset or "port unreachable" back: the answer did arrive
    refused: bool
    translator: str | None  # who changed it, where captures or its own words tell
    seen: bool  # the source changed between in and out of that device
    rule: FilterRule | None
    evidence: tuple[str, ...]

    @property
    def untouched(self) -> bool:
        """Did nobody change the answers, and nobody turn them back either?"""
        return (
            not self.seen
            and self.rule is None
            and self.translator not in (None, self.context.server)
        )

    @property
    def bridge_unseen(self) -> DeviceSetting | None:
        """The setting by which the translator does not see what only crosses its bridge, as these
        answers may."""
        case, name = self.context.case, self.translator or ""
        networks = [
            port.address.network
            for port in case.ports_of(name)
            if port.interface and not port.on_loopback
        ]
        together = any(self.came.src in one and self.came.dst in one for one in networks)
        found = case.setting(name, Knob.FILTERS_BRIDGED, version=self.came.version)
        unseen = together and found is not None and found.value is False
        return found if unseen else None


def stranger(context: Context) -> Stranger | None:
    """Does the client get answers from an address that it never asked?"""
    kept = vars(context)
    if "_stranger" not in kept:
        kept["_stranger"] = next(_strangers(context), None)
    found: Stranger | None = kept["_stranger"]
    return found


def _strangers(context: Context) -> Iterator[Stranger]:
    every = captured(context.case)
    asked = [one for one in every if _is_request(context, one)]
    if not asked or context.findings.flow_works:
        return
    refusals = list(_refusals(context, every))
    known = _asked_elsewhere(every, asked)
    for one in every:
        request = _request_of(one, asked)
        if (
            request is None
            or is_probe(context.case, one[2])
            or request[2].flow is None
            or one[2].flow is None
        ):
            continue
        if _place(one) in known.get(one[2].flow, ()):
            continue
        turned_down = [item.id for flow, item in refusals if flow.matches(one[2].flow)]
        # what else comes may belong to an older connection: the client tells
        surely = one[2].control in ("", "S.")
        if turned_down or (surely and one[0] == context.client and one[3] is False):
            found = _stranger(context, request, one, tuple(turned_down))
            if found is not None:
                yield found


def _asked_elsewhere(every: list[Captured], asked: list[Captured]) -> dict[Flow, frozenset[Place]]:
    """The answers that somebody asked for, and where: a request is no other one for being seen
    translated elsewhere."""
    begun = {packet.seq for _, _, packet, _ in asked if packet.seq is not None}
    places = frozenset(map(_place, every))
    known: dict[Flow, frozenset[Place]] = {}
    for one in every:
        packet = one[2]
        if packet.flow is not None and _asks(packet):
            here = frozenset({_place(one)}) if packet.seq in begun else places
            known[packet.flow.reversed()] = known.get(packet.flow.reversed(), frozenset()) | here
    return known


Place = tuple[str, str | None]  # a device and the interface that was watched


def _place(one: Captured) -> Place:
    return (one[0], one[2].interface or one[1].params.interface)


def _is_request(context: Context, one: Captured) -> bool:
    """What the client sends, as it leaves it; of TCP only what opens."""
    device, _, packet, outgoing = one
    if packet.flow is None or not context.flow.matches(packet.flow):
        return False
    if is_probe(context.case, packet):
        return False
    came_to_client = device == context.client and outgoing is False
    opens = packet.seq is None or packet.control == "S"
    return opens and not came_to_client


def _asks(packet: Packet) -> bool:
    """Does it ask somebody something: a SYN, a datagram?"""
    return packet.control == "S" or (packet.seq is None and packet.icmp is None)


def _request_of(one: Captured, asked: list[Captured]) -> Captured | None:
    """The request at the same point that this packet answers, though its source is another than was
    asked."""
    device, _, packet, _ = one
    flow = packet.flow
    if flow is None:
        return None
    for request in asked:
        sent = request[2].flow
        if request[0] != device or sent is None or (flow.dst, flow.dport) != (sent.src, sent.sport):
            continue
        if (flow.src, flow.sport) != (sent.dst, sent.dport) and _answers(packet, request[2]):
            return request
    return None


def _answers(packet: Packet, request: Packet) -> bool:
    """A SYN-ACK names the SYN; a datagram comes after the question, from the same port or
    address."""
    flow, sent = packet.flow, request.flow
    if flow is None or sent is None or flow.protocol is not sent.protocol:
        return False
    if packet.control == "S.":
        return request.seq is not None and packet.ack == (request.seq + 1) % (1 << 32)
    alike = flow.sport == sent.dport or flow.src == sent.dst
    if not alike:
        return False
    if flow.protocol is Protocol.TCP:
        # the server still holds an older connection of these ports
        return packet.control == "."
    return flow.protocol is Protocol.UDP and packet.time >= request.time


def _refusals(context: Context, every: list[Captured]) -> Iterator[tuple[Flow, Evidence]]:
    """The flows that somebody refused to take: by a reset, or by "port unreachable"."""
    for _, item, packet, _ in every:
        if packet.flow is not None and "R" in packet.flags:
            yield packet.flow.reversed(), item
    for item in context.case.evidence:
        for packet in item.of(Packet):
            if packet.quoted is not None and packet.icmp in UNREACHABLE:
                yield packet.quoted, item


def _stranger(
    context: Context, request: Captured, one: Captured, refused: tuple[str, ...]
) -> Stranger | None:
    sent, came = request[2].flow, one[2].flow
    assert sent is not None and came is not None
    evidence = tuple(dict.fromkeys((request[1].id, one[1].id, *refused)))
    # then who stands between two points is not known, but for what a rule says
    if only_captures(context.case):
        name = _request_translator(context, came)
        return (
            Stranger(context, sent, came, bool(refused), name, False, None, evidence)
            if refused
            else None
        )
    by = _changed_at(context, one[2], came)
    name, seen = (by, True) if by is not None else (_origin(context, one[2], came), False)
    rule = _rule(context, name, sent.reversed()) if name else None
    if name == context.server and not seen and not _translates(context, name or "", came, rule):
        return None  # the service itself answers from another address
    return Stranger(context, sent, came, bool(refused), name, seen, rule, evidence)


def _changed_at(context: Context, packet: Packet, came: Flow) -> str | None:
    """The device where it came in from one source and went out from another."""
    mark = fingerprint(packet)
    ins: dict[str, set[Flow]] = {}
    outs: dict[str, set[Flow]] = {}
    for device, _, other, out in captured(context.case):
        if out is not None and other.flow is not None and fingerprint(other) == mark:
            (outs if out else ins).setdefault(device, set()).add(other.flow)
    for device, left in outs.items():
        if came in left and ins.get(device) and came not in ins[device]:
            return device
    return None


def _origin(context: Context, packet: Packet, came: Flow) -> str | None:
    """It was so from the first point that saw it: the device that sent it, or the translator of the
    requests."""
    mark = fingerprint(packet)
    senders = [
        device
        for device, _, other, out in captured(context.case)
        if out and other.flow == came and fingerprint(other) == mark
    ]
    if context.server in senders:
        return _request_translator(context, came) or context.server
    return _request_translator(context, came)


def _request_translator(context: Context, came: Flow) -> str | None:
    """Who sends the requests to that very address: then its answers miss who would turn them
    back."""
    for device in context.case.inventory.devices:
        if _aims_at(context, device.name, came):
            return device.name
    return None


def _aims_at(context: Context, device: str, came: Flow) -> bool:
    hop = context.hop(device, reverse=False)
    if hop is not None and hop.flow_out != hop.flow_in and hop.flow_out.dst == came.src:
        return True
    held = session_of(context.case, device, context.flow)
    if held is not None and held[0].translated and held[0].reply.src == came.src:
        return True
    first = PacketUnderTest(
        context.flow, SOMEWHERE, state="new", flags="S" if context.tcp else None
    )
    aimed = _rules_to(context, device, came.src)
    return any(applies(context.case, device, rule, first) is not False for rule in aimed)


def _rules_to(context: Context, device: str, address: Address) -> list[FilterRule]:
    """The device's translations to this address."""
    named = re.compile(rf"(?<![\d.:]){re.escape(str(address))}(?![\d.])")
    rules = (rule for rule in newest_rules(context.case, device) if rule.verdict == "dnat")
    return [rule for rule in rules if named.search(rule.target or "")]


def _rule(context: Context, device: str, answer: Flow) -> FilterRule | None:
    hop = context.hop(device, reverse=True)
    translating = nat_rule(
        context.case, device, "postrouting", PacketUnderTest(answer, None, hop.oif if hop else None)
    )
    if translating is not None:
        return translating
    every = newest_rules(context.case, device)
    return next((rule for rule in every if rule.meaning.sets_source), None)


def _translates(context: Context, device: str, came: Flow, rule: FilterRule | None) -> bool:
    """A program may answer from any address of its host; over TCP only a translation can."""
    if came.protocol is Protocol.TCP or rule is not None:
        return True
    held = session_of(context.case, device, came.reversed())
    return held is not None and held[0].translated
