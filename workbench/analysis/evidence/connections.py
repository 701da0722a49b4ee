"""Which connections of the flow do the two points nearest to its ends show, each with its
packets?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.capture_filters import leaves_out, shows_some
from workbench.analysis.captures.conversations import Conversation
from workbench.analysis.captures.observations import Print, fingerprint, loosely
from workbench.analysis.captures.pace import pace
from workbench.analysis.captures.time_spans import at
from workbench.analysis.case.case import Case
from workbench.analysis.evidence.observation_points import ObservationPoint


@dataclass(frozen=True, slots=True)
class _Placed:
    """A packet with its connection, in the client's words."""

    packet: Packet
    flow: Flow
    forward: bool


@dataclass
class _Book:
    """All connections, and which one is current for its ports."""

    all: list[Conversation] = field(default_factory=list)
    current: dict[Flow, Conversation] = field(default_factory=dict)

    def add(self, one: _Placed) -> None:
        """A packet that the point near the client saw."""
        conversation = self._of(one)
        side = conversation.sent if one.forward else conversation.got
        side.append(one.packet)

    def _of(self, one: _Placed) -> Conversation:
        """The connection that the packet is of; a SYN with another sequence number begins one."""
        packet = one.packet
        opens = one.forward and "S" in packet.flags
        known = self.current.get(one.flow)
        begins = opens and known is not None and packet.seq != known.start
        if known is not None and not begins:
            return known
        new = Conversation(one.flow, packet.seq if opens else None)
        self.all.append(new)
        self.current[one.flow] = new
        return new

    def forget_strays(self) -> None:
        """What the client only answered by a RST, it never asked for."""
        self.all = [one for one in self.all if not _only_reset(one)]

    def forget_early(self) -> None:
        """Of what began before the capture, and that the client had no part in while it ran,
        nothing is known."""
        self.all = [one for one in self.all if one.sent]


def _only_reset(conversation: Conversation) -> bool:
    sent = conversation.sent
    return bool(sent) and all("R" in packet.flags for packet in sent)


def connections(
    case: Case, near: ObservationPoint, far: ObservationPoint | None
) -> list[Conversation]:
    """Every connection that the point near the client saw, in the order in which they began."""
    book = _Book()
    for one in _in_order(near.out, near.back):
        book.add(one)
    book.forget_strays()
    if near.end_known:
        book.forget_early()
    if far is not None:
        _add_server_side(book, far)
    for conversation in book.all:
        _describe(case, conversation, near, far)
    _find_given_up(book.all)
    _find_usual_tries(book.all)
    return book.all


def _describe(
    case: Case, conversation: Conversation, near: ObservationPoint, far: ObservationPoint | None
) -> None:
    """How the connection was watched, and until when."""
    conversation.last = _watched_until(near, conversation.sent, conversation.got)
    conversation.far_last = _watched_until(far, conversation.heard, conversation.answered)
    conversation.pace = pace(case)
    conversation.server_watched = far is not None
    conversation.end_known = near.end_known and (far is None or far.end_known)
    conversation.ran = near.ran
    conversation.part = _seen_in_part(case, near, conversation)


def _seen_in_part(case: Case, near: ObservationPoint, conversation: Conversation) -> bool:
    """Was a part of it left out by a filter, or did it begin before a capture of which nobody knows
    when it ran?"""
    begun_before = not conversation.sent and not near.end_known
    directions = (conversation.flow, conversation.flow.reversed())
    hidden = any(leaves_out(case, near.device, flow) for flow in directions)
    return begun_before or hidden or shows_some(case, near.device)


def _find_given_up(conversations: list[Conversation]) -> None:
    """Which of them did the client begin anew with the same ports, while it was watched without a
    break?"""
    newer: dict[Flow, float] = {}
    for conversation in reversed(conversations):
        again, began = newer.get(conversation.flow), first_moment(conversation)
        conversation.given_up = again is not None and _watched_till(conversation, began, again)
        newer[conversation.flow] = began


def _watched_till(conversation: Conversation, began: float, again: float) -> bool:
    """Was it watched from its beginning to that moment, as far as anybody knows?"""
    return not conversation.end_known or again <= conversation.until(began)


def first_moment(conversation: Conversation) -> float:
    """When was its first packet seen near the client?"""
    packets = (*conversation.sent, *conversation.got)
    return min((packet.time for packet in packets), default=0.0)


def _find_usual_tries(conversations: list[Conversation]) -> None:
    """Where more than one had to ask again before it was answered, the newest one may have to as
    well."""
    tries = sorted(one.tries for one in conversations if _got_syn_ack(one))
    usual = tries[-2] if len(tries) > 1 else 1
    for conversation in conversations:
        conversation.usual = usual


def _got_syn_ack(conversation: Conversation) -> bool:
    return any("S" in packet.flags for packet in conversation.got)


def _watched_until(point: ObservationPoint | None, *sides: list[Packet]) -> float:
    """When did the capture end in which the connection was last seen?"""
    newest = max((packet.time for side in sides for packet in side), default=0.0)
    ran = at(point.ran, newest) if point is not None else None
    return ran.until if ran is not None else newest


def _in_order(forward: Iterable[Packet], reverse: Iterable[Packet]) -> list[_Placed]:
    """All packets by time, each with its connection in the client's words."""
    found = [_Placed(packet, packet.flow, True) for packet in forward if packet.flow is not None]
    turned: dict[int, Flow] = {}
    for packet in reverse:
        if packet.flow is None:
            continue
        key = id(packet.flow)
        if key not in turned:
            turned[key] = packet.flow.reversed()
        found.append(_Placed(packet, turned[key], False))
    return sorted(found, key=_moment)


def _moment(one: _Placed) -> float:
    return one.packet.time


def _add_server_side(book: _Book, far: ObservationPoint) -> None:
    """The server may see other addresses: the same packet tells which connection is which."""
    by_mark, first = _by_mark(book), _first_by_flow(book)
    current: dict[Flow, Conversation] = {}
    for one in _in_order(far.out, far.back):
        met = _known_by_mark(by_mark, one.packet)
        met = met or current.get(one.flow) or first.get(one.flow)
        if met is not None:
            current[one.flow] = met
            side = met.heard if one.forward else met.answered
            side.append(one.packet)


def _by_mark(book: _Book) -> dict[Print, Conversation]:
    found: dict[Print, Conversation] = {}
    for conversation in book.all:
        for packet in (*conversation.sent, *conversation.got):
            found.update(dict.fromkeys(_marks(packet), conversation))
    return found


def _first_by_flow(book: _Book) -> dict[Flow, Conversation]:
    found: dict[Flow, Conversation] = {}
    for conversation in book.all:
        found.setdefault(conversation.flow, conversation)
    return found


def _known_by_mark(known: dict[Print, Conversation], packet: Packet) -> Conversation | None:
    for mark in _marks(packet):
        if mark in known:
            return known[mark]
    return None


def _marks(packet: Packet) -> Iterator[Print]:
    """By what it may be known again, the surest first."""
    yield fingerprint(packet)
    if packet.seq is not None:
        yield loosely(packet)  # a box on the way may write its own IP ID
    if packet.control == "S":
        yield ("SYN", packet.seq)  # a proxy writes its own SYN, and keeps the client's number
