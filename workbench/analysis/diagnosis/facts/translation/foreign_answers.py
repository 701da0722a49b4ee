"""Answers that reach the client from an address or port that it never asked: who changed it on the
way?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence
from collectors.model.flow import Flow, Protocol
from collectors.model.records import FilterRule, Packet
from workbench.analysis.captures.crossing import fingerprint
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.captures.seen import Captured, captured
from workbench.analysis.case.case import FILTERS
from workbench.analysis.device.matching import SOMEWHERE, Trial, applies
from workbench.analysis.device.translation import nat_rule, session_of
from workbench.analysis.diagnosis.context import Scene

_WRITES = re.compile(r"\b(?:ip6?|udp|tcp) (?:saddr|sport) set\b")
UNREACHABLE = frozenset({(3, 3), (1, 4)})


@dataclass(frozen=True, slots=True)
class Stranger:
    """The client asked for `asked` (its request), and the answer came as `came`."""

    scene: Scene
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
            not self.seen and self.rule is None and self.translator not in (None, self.scene.server)
        )

    @property
    def bridge_unseen(self) -> str | None:
        """The setting by which the translator does not see what only crosses its bridge, as these
        answers may."""
        case, name = self.scene.case, self.translator or ""
        networks = [
            port.address.network
            for port in case.ports_of(name)
            if port.interface and not port.on_loopback
        ]
        together = any(self.came.src in one and self.came.dst in one for one in networks)
        key = f"net.bridge.bridge-nf-call-{'iptables' if self.came.version == 4 else 'ip6tables'}"
        return key if together and case.setting(name, key) == "0" else None


def stranger(scene: Scene) -> Stranger | None:
    """Does the client get answers from somebody whom it never asked?"""
    kept = vars(scene)
    if "_stranger" not in kept:
        kept["_stranger"] = next(_strangers(scene), None)
    found: Stranger | None = kept["_stranger"]
    return found


def _strangers(scene: Scene) -> Iterator[Stranger]:
    every = captured(scene.case)
    asked = [one for one in every if _is_request(scene, one)]
    if not asked or scene.findings.flow_works:
        return
    refusals = list(_refusals(scene, every))
    known = _asked_elsewhere(every, asked)
    for one in every:
        request = _request_of(one, asked)
        if (
            request is None
            or is_probe(scene.case, one[2])
            or request[2].flow is None
            or one[2].flow is None
        ):
            continue
        if _place(one) in known.get(one[2].flow, ()):
            continue
        turned_down = [item.id for flow, item in refusals if flow.matches(one[2].flow)]
        # what else comes may belong to an older connection: the client tells
        surely = one[2].control in ("", "S.")
        if turned_down or (surely and one[0] == scene.client and one[3] is False):
            found = _told(scene, request, one, tuple(turned_down))
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
    return (one[0], one[2].interface or one[1].about.interface)


def _is_request(scene: Scene, one: Captured) -> bool:
    """What the client sends, as it leaves it; of TCP only what opens."""
    device, _, packet, out = one
    flow = packet.flow
    mine = flow is not None and scene.flow.matches(flow) and not is_probe(scene.case, packet)
    return (
        mine
        and (packet.seq is None or packet.control == "S")
        and (out is not False or device != scene.client)
    )


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
    alike = flow.sport == sent.dport or flow.src == sent.dst
    if packet.control == "S.":
        return request.seq is not None and packet.ack == (request.seq + 1) % (1 << 32)
    if flow.protocol is Protocol.TCP:
        # the server still holds an older connection of these ports
        return alike and packet.control == "."
    return flow.protocol is Protocol.UDP and alike and packet.time >= request.time


def _refusals(scene: Scene, every: list[Captured]) -> Iterator[tuple[Flow, Evidence]]:
    """The flows that somebody refused to take: by a reset, or by "port unreachable"."""
    for _, item, packet, _ in every:
        if packet.flow is not None and "R" in packet.flags:
            yield packet.flow.reversed(), item
    for item in scene.case.evidence:
        for packet in item.of(Packet):
            if packet.quoted is not None and packet.icmp in UNREACHABLE:
                yield packet.quoted, item


def _told(
    scene: Scene, request: Captured, one: Captured, refused: tuple[str, ...]
) -> Stranger | None:
    sent, came = request[2].flow, one[2].flow
    assert sent is not None and came is not None
    evidence = tuple(dict.fromkeys((request[1].id, one[1].id, *refused)))
    # then who stands between two points is not known, but for what a rule says
    if only_captures(scene.case):
        name = _request_translator(scene, came)
        return (
            Stranger(scene, sent, came, bool(refused), name, False, None, evidence)
            if refused
            else None
        )
    by = _changed_at(scene, one[2], came)
    name, seen = (by, True) if by is not None else (_origin(scene, one[2], came), False)
    rule = _rule(scene, name, sent.reversed()) if name else None
    if name == scene.server and not seen and not _translates(scene, name or "", came, rule):
        return None  # the service itself answers from another address
    return Stranger(scene, sent, came, bool(refused), name, seen, rule, evidence)


def _changed_at(scene: Scene, packet: Packet, came: Flow) -> str | None:
    """The device where it came in from one source and went out from another."""
    mark = fingerprint(packet)
    ins: dict[str, set[Flow]] = {}
    outs: dict[str, set[Flow]] = {}
    for device, _, other, out in captured(scene.case):
        if out is not None and other.flow is not None and fingerprint(other) == mark:
            (outs if out else ins).setdefault(device, set()).add(other.flow)
    for device, left in outs.items():
        if came in left and ins.get(device) and came not in ins[device]:
            return device
    return None


def _origin(scene: Scene, packet: Packet, came: Flow) -> str | None:
    """It was so from the first point that saw it: the device that sent it, or the translator of the
    requests."""
    mark = fingerprint(packet)
    senders = [
        device
        for device, _, other, out in captured(scene.case)
        if out and other.flow == came and fingerprint(other) == mark
    ]
    if scene.server in senders:
        return _request_translator(scene, came) or scene.server
    return _request_translator(scene, came)


def _request_translator(scene: Scene, came: Flow) -> str | None:
    """Who sends the requests to that very address: then its answers miss who would turn them
    back."""
    for device in scene.case.inventory.devices:
        if _aims_at(scene, device.name, came):
            return device.name
    return None


def _aims_at(scene: Scene, device: str, came: Flow) -> bool:
    hop = scene.hop(device, reverse=False)
    if hop is not None and hop.flow_out != hop.flow_in and hop.flow_out.dst == came.src:
        return True
    held = session_of(scene.case, device, scene.flow)
    if held is not None and held[0].translated and held[0].reply.src == came.src:
        return True
    rules = (
        r for q in FILTERS for r in scene.case.records(device, q, FilterRule) if r.verdict == "dnat"
    )
    target = re.compile(rf"(?<![\d.:]){re.escape(str(came.src))}(?![\d.])")
    first = Trial(scene.flow, SOMEWHERE, state="new", flags="S" if scene.tcp else None)
    aimed = (rule for rule in rules if target.search(rule.target or ""))
    return any(applies(scene.case, device, rule, first) is not False for rule in aimed)


def _rule(scene: Scene, device: str, answer: Flow) -> FilterRule | None:
    hop = scene.hop(device, reverse=True)
    translating = nat_rule(
        scene.case, device, "postrouting", Trial(answer, None, hop.oif if hop else None)
    )
    if translating is not None:
        return translating
    every = (r for q in FILTERS for r in scene.case.records(device, q, FilterRule))
    return next((rule for rule in every if _WRITES.search(rule.text)), None)


def _translates(scene: Scene, device: str, came: Flow, rule: FilterRule | None) -> bool:
    """A program may answer from any address of its host; over TCP only a translation can."""
    held = session_of(scene.case, device, came.reversed())
    return (
        came.protocol is Protocol.TCP
        or rule is not None
        or (held is not None and held[0].translated)
    )
