"""How did each attempt of the flow go? As its packets at the ends show, and as a probe from the
client met it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, Socket
from workbench.analysis.captures.capture_filters import leaves_out, shows_some
from workbench.analysis.captures.conversation_ends import pause_of
from workbench.analysis.captures.conversation_states import ending
from workbench.analysis.captures.conversation_use import used
from workbench.analysis.captures.conversations import Conversation, unanswered
from workbench.analysis.captures.fragments import in_pieces
from workbench.analysis.captures.observations import Print, fingerprint, loosely
from workbench.analysis.captures.pace import pace
from workbench.analysis.captures.partial_losses import loss
from workbench.analysis.captures.time_spans import Span, at, spans
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import (
    Attempt,
    ConnState,
    Hop,
    Observation,
    Trace,
    WatchedFrom,
)
from workbench.analysis.case.verdict import Drop, LastSeen
from workbench.analysis.evidence.closed_sessions import lived
from workbench.analysis.evidence.own_attempts import made, probed
from workbench.analysis.evidence.waiting_sockets import overdue


def attempts(
    case: Case,
    forward: Trace,
    reverse: Trace,
    seen: Iterable[Observation],
    lost: Iterable[Drop] = (),
) -> tuple[Attempt, ...]:
    """Every connection of the flow within the window, and every probe, in the order in which they
    began."""
    vanish = any(drop.last_seen is not LastSeen.ARRIVED for drop in lost)
    captured = tuple(_captured(case, forward, reverse, tuple(seen), vanish))
    found = [
        *captured,
        *(one for one in probed(case) if one.end is not ConnState.RESET or not captured),
    ]
    seen_flows = {one.flow for one in found if one.end is not ConnState.OPEN}
    found += [one for one in _hanging(case) if one.flow not in seen_flows]
    found += lived(case) if not found else ()
    return tuple(sorted(found, key=lambda one: one.started))


def _captured(
    case: Case, forward: Trace, reverse: Trace, seen: tuple[Observation, ...], vanish: bool
) -> Iterator[Attempt]:
    near = _observation_point(case, forward.hops, reverse, seen, True)
    far = _observation_point(case, forward.hops[::-1], reverse, seen, False)
    near = near if near is not None else _half(case, forward, seen)
    if near is None:
        return
    far = far if far is not None and far.other(near) else None
    refused, ours, watch = (
        set(_unreachable(case, near.device)),
        tuple(made(case)),
        _watch(near, far),
    )
    for conversation in _conversations(case, near, far):
        end = (
            ConnState.REFUSED
            if conversation.flow in refused
            else in_pieces(case, near.device, conversation, ending(conversation))
        )
        fresh = conversation.flow.protocol is not Protocol.TCP or conversation.start is not None
        began = min(
            (packet.time for packet in (*conversation.sent, *conversation.got)), default=0.0
        )
        own = any(one.is_of(conversation.flow, began - near.clock) for one in ours)
        lost = (
            loss(conversation)
            if end in (ConnState.HALF_OPEN, ConnState.STALLED) or conversation.part
            else None
        )
        use, tries = used(conversation), conversation.tries
        pause = pause_of(conversation) if end is ConnState.HUNG_UP else None
        params = (watch, own, near.device, lost, tries, pause)
        yield Attempt(conversation.flow, end, fresh, began, near.evidence, use, *params)
        if vanish and end is ConnState.WORKED and conversation.flow.protocol is not Protocol.TCP:
            again = [packet.time for packet in unanswered(conversation)]
            yield from (
                Attempt(conversation.flow, ConnState.NO_ANSWER, fresh, at, near.evidence)
                for at in again
            )


@dataclass(frozen=True)
class ObservationPoint:
    """The point nearest to one end that both directions pass: what it saw of either."""

    device: str
    out: tuple[Packet, ...]  # of the forward direction
    back: tuple[Packet, ...]
    evidence: tuple[str, ...]
    end: bool = False  # it is the end of the flow itself
    clock: float = 0.0  # its clock minus ours
    ran: tuple[Span, ...] = ()

    @property
    def told(self) -> bool:
        """Is it known when its captures ended?"""
        return bool(self.ran) and all(one.end_known for one in self.ran)

    def other(self, near: ObservationPoint) -> bool:
        """Does it show more than the other one? One tap is the nearest to both ends, and sees the
        same of both."""
        return self.device != near.device or (self.out, self.back) != (near.out, near.back)


def _watch(near: ObservationPoint, far: ObservationPoint | None) -> WatchedFrom:
    if far is None or far.device == near.device:
        return WatchedFrom.ONE_POINT
    return WatchedFrom.BOTH_ENDS if near.end and far.end else WatchedFrom.TWO_POINTS


def _is_end(hop: Hop, reverse: Trace, client: bool) -> bool:
    """Does the way back end, or begin, there too?"""
    ends = reverse.hops[-1:] if client else reverse.hops[:1]
    return any(one.device == hop.device for one in ends)


def _clock(case: Case, hop: Hop) -> float:
    item = case.answer(hop.device or "", Question.CAPTURE)
    return item.clock_offset if item is not None else 0.0


def _observation_point(
    case: Case, hops: tuple[Hop, ...], reverse: Trace, seen: tuple[Observation, ...], client: bool
) -> ObservationPoint | None:
    """The end itself; where it was not watched, the first device that both directions pass before
    any translation."""
    points = {(one.device, one.reverse): one for one in seen}
    for index, hop in enumerate(hops):
        out, back = points.get((hop.device or "", False)), points.get((hop.device or "", True))
        if index and (reverse.hop(hop.device or "") is None or hop.flow_in != hop.flow_out):
            continue
        if out is not None and back is not None and hop.device is not None:
            # at the client packets go out; at the devices after it they come in
            leaves = client == (index == 0)
            sides = (out.went_out, back.came_in) if leaves else (out.came_in, back.went_out)
            end, evidence = (
                index == 0 and _is_end(hop, reverse, client),
                (
                    *out.evidence,
                    *back.evidence,
                ),
            )
            return ObservationPoint(
                hop.device, *sides, evidence, end, _clock(case, hop), spans(case, hop.device)
            )
        if hop.flow_in != hop.flow_out:
            return None
    return None


def _half(case: Case, forward: Trace, seen: tuple[Observation, ...]) -> ObservationPoint | None:
    """A point that shows one direction only, by its filter, or as the other went before its
    capture: that it saw."""
    other = {(one.device, not one.reverse) for one in seen if one.came_in or one.went_out}
    for one in seen:
        packets = one.went_out or one.came_in
        if packets and (one.device, one.reverse) not in other and _one_sided(case, forward, one):
            out, back = ((), packets) if one.reverse else (packets, ())
            return ObservationPoint(
                one.device, out, back, one.evidence, ran=spans(case, one.device)
            )
    return None


def _one_sided(case: Case, forward: Trace, one: Observation) -> bool:
    if leaves_out(case, one.device, forward.flow if one.reverse else forward.flow.reversed()):
        return True
    return one.reverse and not any(ran.end_known for ran in spans(case, one.device))


def _unreachable(case: Case, client: str) -> Iterator[Flow]:
    """The flows that a "port unreachable" was sent back for."""
    for item in case.answers(client, Question.CAPTURE):
        for packet in item.of(Packet):
            if (
                packet.quoted is not None
                and packet.icmp in ((3, 3), (1, 4))
                and not packet.outgoing
            ):
                yield packet.quoted


def _conversations(
    case: Case, near: ObservationPoint, far: ObservationPoint | None
) -> list[Conversation]:
    book = _Book()
    for packet, flow, forward in _in_order(near.out, near.back):
        conversation = book.conversation(packet, flow, forward)
        (conversation.sent if forward else conversation.got).append(packet)
    book.forget_strays()
    if near.told:
        book.forget_early()
    if far is not None:
        _server_side(book, far)
    for conversation in book.all:
        conversation.last, conversation.far_last = (
            _end(near, conversation.sent, conversation.got),
            _end(far, conversation.heard, conversation.answered),
        )
        conversation.pace, conversation.server_watched = pace(case), far is not None
        conversation.end_known = all(point.told for point in (near, far) if point is not None)
        conversation.ran = near.ran
        conversation.part = _partly(case, near, conversation)
    _give_up(book.all)
    _take_time(book.all)
    return book.all


def _partly(case: Case, near: ObservationPoint, conversation: Conversation) -> bool:
    """Was a part of it left out by a filter, or did it begin before a capture of which nobody knows
    when it ran?"""
    begun = not conversation.sent and not near.told
    hidden = any(
        leaves_out(case, near.device, flow)
        for flow in (conversation.flow, conversation.flow.reversed())
    )
    return begun or hidden or shows_some(case, near.device)


def _give_up(conversations: list[Conversation]) -> None:
    """Which of them did the client begin anew with the same ports, while it was watched without a
    break?"""
    newer: dict[Flow, float] = {}
    for conversation in reversed(conversations):
        again, began = (
            newer.get(conversation.flow),
            min((p.time for p in (*conversation.sent, *conversation.got)), default=0.0),
        )
        conversation.given_up = again is not None and (
            not conversation.end_known or again <= conversation.until(began)
        )
        newer[conversation.flow] = began


def _take_time(conversations: list[Conversation]) -> None:
    """Where more than one had to ask again before it was answered, the newest one may have to as
    well."""
    answered = sorted(
        conversation.tries
        for conversation in conversations
        if any("S" in packet.flags for packet in conversation.got)
    )
    for conversation in conversations:
        conversation.usual = answered[-2] if len(answered) > 1 else 1


def _end(point: ObservationPoint | None, *packets: Iterable[Packet]) -> float:
    """When did the capture end in which the connection was last seen?"""
    newest = max((packet.time for side in packets for packet in side), default=0.0)
    ran = at(point.ran, newest) if point is not None else None
    return ran.until if ran is not None else newest


@dataclass
class _Book:
    """All connections, and which one is current for its ports."""

    all: list[Conversation] = field(default_factory=list)
    current: dict[Flow, Conversation] = field(default_factory=dict)

    def conversation(self, packet: Packet, flow: Flow, forward: bool) -> Conversation:
        """The connection that the packet is of; a SYN with another sequence number begins one."""
        opens = forward and "S" in packet.flags
        conversation = self.current.get(flow)
        if conversation is None or (opens and packet.seq != conversation.start):
            conversation = Conversation(flow, packet.seq if opens else None)
            self.all.append(conversation)
            self.current[flow] = conversation
        return conversation

    def forget_strays(self) -> None:
        """What the client only answered by a RST, it never asked for."""
        self.all = [
            conversation
            for conversation in self.all
            if not conversation.sent or any("R" not in p.flags for p in conversation.sent)
        ]

    def forget_early(self) -> None:
        """Of what began before the capture, and that the client had no part in while it ran,
        nothing is known."""
        self.all = [conversation for conversation in self.all if conversation.sent]


def _in_order(
    forward: Iterable[Packet], reverse: Iterable[Packet]
) -> list[tuple[Packet, Flow, bool]]:
    """All packets by time, each with its connection in the client's words."""
    turned: dict[int, Flow] = {}
    found = [(packet, packet.flow, True) for packet in forward if packet.flow is not None]
    for packet in reverse:
        if packet.flow is not None:
            key = id(packet.flow)
            if key not in turned:
                turned[key] = packet.flow.reversed()
            found.append((packet, turned[key], False))
    return sorted(found, key=_by_time)


def _by_time(one: tuple[Packet, Flow, bool]) -> float:
    return one[0].time


def _server_side(book: _Book, far: ObservationPoint) -> None:
    """The server may see other addresses: the same packet tells which connection is which."""
    known = {
        mark: conversation
        for conversation in book.all
        for packet in (*conversation.sent, *conversation.got)
        for mark in _marks(packet)
    }
    first: dict[Flow, Conversation] = {}
    for conversation in book.all:
        first.setdefault(conversation.flow, conversation)
    current: dict[Flow, Conversation] = {}
    for packet, flow, forward in _in_order(far.out, far.back):
        met = next((known[mark] for mark in _marks(packet) if mark in known), None)
        met = met or current.get(flow) or first.get(flow)
        if met is not None:
            current[flow] = met
            (met.heard if forward else met.answered).append(packet)


def _marks(packet: Packet) -> Iterator[Print]:
    """By what it may be known again, the surest first."""
    yield fingerprint(packet)
    if packet.seq is not None:
        yield loosely(packet)  # a box on the way may write its own IP ID
    if packet.control == "S":
        yield ("SYN", packet.seq)  # a proxy writes its own SYN, and keeps the client's number


def _hanging(case: Case) -> Iterator[Attempt]:
    """Sockets of the flow that wait for an acknowledgement: too slowly, maybe, for the window to
    see them try again."""
    client = case.client
    item = case.answer(client.name, Question.SOCKETS) if client else None
    for socket in item.of(Socket) if item else ():
        ends = (socket.protocol, socket.local, socket.remote, socket.remote_port)
        if (
            ends != (case.flow.protocol, case.flow.src, case.flow.dst, case.flow.dport)
            or not socket.local_port
        ):
            continue
        flow = case.flow.translated(sport=socket.local_port)
        if not case.flow.matches(flow) or not overdue(socket, pace(case)):
            continue
        opening = socket.state == "SYN-SENT"
        end = ConnState.NO_ANSWER if opening else ConnState.STALLED
        yield Attempt(
            flow, end, opening, item.taken_at if item else 0.0, (item.id,) if item else ()
        )


def works(case: Case, tried: Iterable[Attempt], split: bool = False) -> bool | None:
    """Does the flow work? Attempts of exactly this flow count; without any, those with another
    source port do.

    split: ports take different ways, so that one tells nothing of another.
    """
    concluded = [one for one in tried if one.end is not ConnState.OPEN]
    exact = [one for one in concluded if case.flow.matches(one.flow)]
    counted = exact or ([] if split else concluded)
    return all(one.end is ConnState.WORKED for one in counted) if counted else None
