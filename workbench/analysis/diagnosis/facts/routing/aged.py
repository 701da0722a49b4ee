"""Do packets expire, without a circle? Where, and who gave them so short a life?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import FilterRule, Packet
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.captures.observations import fingerprint
from workbench.analysis.captures.probes import traced
from workbench.analysis.case.case import LOW_TTL
from workbench.analysis.case.findings import Disposition, Hop, Observation, Trace
from workbench.analysis.device.rulesets import newest_rules
from workbench.analysis.diagnosis.context import Context

EXCEEDED = {4: (11, 0), 6: (3, 0)}


@dataclass(frozen=True, slots=True)
class Aged:
    """Packets of one direction die at `place`; `sender` gave them `life` (None = nobody saw it)."""

    context: Context
    path: Trace
    sender: str
    place: str
    life: int | None
    came_old: bool  # a capture saw them come in with nothing left
    messages: tuple[str, ...]  # evidence of "time exceeded" about them
    evidence: tuple[str, ...]

    @property
    def rule(self) -> FilterRule | None:
        """The sender's rule that sets the time to live, if it shows one."""
        for rule in newest_rules(self.context.case, self.sender):
            if rule.meaning.sets_life:
                return rule
        return None

    @property
    def setting(self) -> DeviceSetting | None:
        """The sender's own setting, where it is the small one."""
        if self.sender != self.path.hops[0].name:
            return None
        return next(_small(self.context, self.path.hops[0]), None)


def aged(context: Context) -> Aged | None:
    """Where do packets of the flow expire? None = nowhere, or they go in a circle."""
    for reverse in (False, True):
        path = context.findings.trace(reverse)
        if not path.hops or path.disposition is Disposition.LOOP:
            continue
        if _circles(context, path):
            continue
        found = _seen_to_die(context, path) or _reported_to_die(context, path)
        if found is not None:
            return found
    return None


def _circles(context: Context, path: Trace) -> bool:
    """Does a device get one packet again and again, older each time?"""
    for point in _points(context, path):
        ages: dict[object, set[int | None]] = {}
        for packet in point.came_in:
            ages.setdefault(fingerprint(packet), set()).add(packet.ttl)
        if any(len(met) > 2 for met in ages.values()):
            return True
    return False


def _points(context: Context, path: Trace) -> Iterator[Observation]:
    for hop in path.hops:
        point = context.observation(hop.name, path.reverse)
        if point is not None:
            yield point


def _seen_to_die(context: Context, path: Trace) -> Aged | None:
    """They come in at a device that should pass them on, and have nothing left for the next one."""
    for at, hop in enumerate(path.hops[1:-1], 1):
        point = context.observation(hop.name, path.reverse)
        if point is not None and _dies_at(point):
            return _aged(context, path, hop.name, at, came_old=True, evidence=point.evidence)
    return None


def _dies_at(point: Observation) -> bool:
    """Did packets come in with no life left, none of which went on?"""
    old = {fingerprint(packet) for packet in point.came_in if _has_no_life_left(packet)}
    gone_on = set(map(fingerprint, point.went_out))
    return bool(old) and old.isdisjoint(gone_on)


def _has_no_life_left(packet: Packet) -> bool:
    return packet.ttl is not None and packet.ttl <= 1


def _reported_to_die(context: Context, path: Trace) -> Aged | None:
    """A router's message says so; it may be one that nobody can ask."""
    for packet, number in _messages(context, path):
        if packet.flow is None:
            continue
        owner = context.case.owner(packet.flow.src)
        place = owner.name if owner else str(packet.flow.src)
        at = _index(path, place)
        found = _aged(context, path, place, at, came_old=False, evidence=(number,))
        if found is not None:
            return found
    return None


def _index(path: Trace, place: str) -> int:
    """The hop of that name, else the last one."""
    for at, hop in enumerate(path.hops):
        if hop.name == place:
            return at
    return len(path.hops) - 1


def _is_about(context: Context, path: Trace, packet: Packet) -> bool:
    """Messages about pings do not say which ping; those about traceroutes are what traceroutes are
    for."""
    quoted = packet.quoted
    if quoted is None or quoted.protocol is Protocol.ICMP:
        return False
    if packet.icmp != EXCEEDED[quoted.version]:
        return False
    if quoted in traced(context.case):
        return False
    return any(hop.flow_in.covers(quoted) or hop.flow_out.covers(quoted) for hop in path.hops)


def _aged(
    context: Context, path: Trace, place: str, at: int, *, came_old: bool, evidence: tuple[str, ...]
) -> Aged | None:
    sender, life = _giver(context, path, at, came_old)
    if life is not None and life > LOW_TTL:
        return None  # whoever began with so much went in circles somewhere
    messages = dict.fromkeys(number for _, number in _messages(context, path))
    return Aged(context, path, sender, place, life, came_old, tuple(messages), evidence)


def _messages(context: Context, path: Trace) -> Iterator[tuple[Packet, str]]:
    """Every "time exceeded" about packets of this path, with its evidence."""
    for device in context.case.inventory.devices:
        for packet, item in context.case.all_records(device.name, Question.CAPTURE, Packet):
            if _is_about(context, path, packet):
                yield packet, item.id


def _giver(context: Context, path: Trace, at: int, came_old: bool) -> tuple[str, int | None]:
    """Who set the time to live last? The origin, unless a device lets packets out with another one
    than came in."""
    origin, place = path.hops[0], path.hops[at]
    _, life = _ages(context, path, origin)
    sender = origin.name
    for hop in path.hops[1 : at + 1]:
        came, went = _ages(context, path, hop)
        if _rewritten(came, went):
            sender, life = hop.name, went
            continue
        had_enough = came is not None and came > 1
        if hop is place and had_enough and not came_old:
            # the device's own rule took it away
            sender, life = hop.name, 1
    if life is None:
        small = next(_small(context, origin), None)
        life = _life(small) if small is not None else None
    return sender, life


def _rewritten(came: int | None, went: int | None) -> bool:
    """Does it go out with another time to live than a router leaves it?"""
    if came is None or went is None:
        return False
    return went not in (came, came - 1)


def _life(small: DeviceSetting) -> int | None:
    return small.value if isinstance(small.value, int) else None


def _ages(context: Context, path: Trace, hop: Hop) -> tuple[int | None, int | None]:
    """The largest time to live that came in, and that went out."""
    point = context.observation(hop.name, path.reverse)
    if point is None:
        return None, None
    return _largest(point.came_in), _largest(point.went_out)


def _largest(packets: tuple[Packet, ...]) -> int | None:
    known = [packet.ttl for packet in packets if packet.ttl is not None]
    return max(known, default=None)


def _small(context: Context, origin: Hop) -> Iterator[DeviceSetting]:
    """The settings of a host for what it sends that are small."""
    case, version = context.case, origin.flow_out.version
    own = case.setting(origin.name, Knob.PACKET_LIFE, origin.oif, version)
    for one in (own, *case.presets(origin.name, Knob.PACKET_LIFE, version)):
        life = _life(one) if one is not None else None
        if one is not None and life is not None and life <= LOW_TTL:
            yield one
