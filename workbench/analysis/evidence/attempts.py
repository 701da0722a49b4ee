"""How did each attempt of the flow go? As its packets at the ends show, and as a probe from the
client met it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, Socket
from workbench.analysis.captures.conversation_ends import pause_of
from workbench.analysis.captures.conversation_states import ending
from workbench.analysis.captures.conversation_use import used
from workbench.analysis.captures.conversations import Conversation, unanswered
from workbench.analysis.captures.fragments import in_pieces
from workbench.analysis.captures.pace import pace
from workbench.analysis.captures.partial_losses import loss
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import (
    Attempt,
    ConnState,
    Observation,
    Trace,
    WatchedFrom,
)
from workbench.analysis.evidence.closed_sessions import lived
from workbench.analysis.evidence.connections import connections, first_moment
from workbench.analysis.evidence.observation_points import (
    ObservationPoint,
    near_and_far,
    watched_from,
)
from workbench.analysis.evidence.own_attempts import OwnAttempt, made, probed
from workbench.analysis.evidence.standing_sockets import standing
from workbench.analysis.evidence.waiting_sockets import overdue

# "port unreachable", as ICMP type and code of IPv4 and of IPv6
_PORT_UNREACHABLE = frozenset({(3, 3), (1, 4)})
# of these the packets tell what was lost
_LOST_SOMETHING = frozenset({ConnState.HALF_OPEN, ConnState.STALLED})


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
    found = list(_captured(case, forward, reverse, tuple(seen), vanish))
    found += _probes_that_count(case, bool(found))
    concluded = {one.flow for one in found if one.end is not ConnState.OPEN}
    found += [one for one in _hanging(case) if one.flow not in concluded]
    if not found:
        found += lived(case)
    if not found:
        found += standing(case)
    return tuple(sorted(found, key=lambda one: one.started))


def _probes_that_count(case: Case, captured: bool) -> list[Attempt]:
    """All but those that were reset, where packets show more of that."""
    return [one for one in probed(case) if not (captured and one.end is ConnState.RESET)]


def _captured(
    case: Case, forward: Trace, reverse: Trace, seen: tuple[Observation, ...], vanish: bool
) -> Iterator[Attempt]:
    near, far = near_and_far(case, forward, reverse, seen)
    if near is None:
        return
    refused = set(_unreachable(case, near.device))
    ours, watch = tuple(made(case)), watched_from(near, far)
    for conversation in connections(case, near, far):
        end = _end(case, near, conversation, refused)
        attempt = _attempt(conversation, end, near, watch, ours)
        yield attempt
        if vanish and end is ConnState.WORKED and not _is_tcp(conversation):
            yield from _datagrams_in_vain(conversation, attempt)


def _end(
    case: Case, near: ObservationPoint, conversation: Conversation, refused: set[Flow]
) -> ConnState:
    if conversation.flow in refused:
        return ConnState.REFUSED
    return in_pieces(case, near.device, conversation, ending(conversation))


def _attempt(
    conversation: Conversation,
    end: ConnState,
    near: ObservationPoint,
    watch: WatchedFrom,
    ours: tuple[OwnAttempt, ...],
) -> Attempt:
    began = first_moment(conversation)
    lost_something = end in _LOST_SOMETHING or conversation.part
    return Attempt(
        conversation.flow,
        end,
        fresh=conversation.start is not None or not _is_tcp(conversation),
        started=began,
        evidence=near.evidence,
        use=used(conversation),
        watch=watch,
        ours=any(one.is_of(conversation.flow, began - near.clock) for one in ours),
        place=near.device,
        loss=loss(conversation) if lost_something else None,
        tries=conversation.tries,
        pause=pause_of(conversation) if end is ConnState.HUNG_UP else None,
    )


def _is_tcp(conversation: Conversation) -> bool:
    return conversation.flow.protocol is Protocol.TCP


def _datagrams_in_vain(conversation: Conversation, whole: Attempt) -> Iterator[Attempt]:
    """Of an exchange that worked, each datagram that was not answered, where some vanish."""
    for packet in unanswered(conversation):
        yield Attempt(whole.flow, ConnState.NO_ANSWER, whole.fresh, packet.time, whole.evidence)


def _unreachable(case: Case, client: str) -> Iterator[Flow]:
    """The flows that a "port unreachable" was sent back for."""
    for item in case.answers(client, Question.CAPTURE):
        for packet in item.of(Packet):
            came_back = packet.icmp in _PORT_UNREACHABLE and not packet.outgoing
            if came_back and packet.quoted is not None:
                yield packet.quoted


def _hanging(case: Case) -> Iterator[Attempt]:
    """Sockets of the flow that wait for an acknowledgement: too slowly, maybe, for the window to
    see them try again."""
    item = case.answer(case.client.name, Question.SOCKETS) if case.client else None
    if item is None:
        return
    for socket in item.of(Socket):
        if _is_of(socket, case.flow) and overdue(socket, pace(case)):
            yield _waiting(case.flow.translated(sport=socket.local_port), socket, item)


def _is_of(socket: Socket, flow: Flow) -> bool:
    """Is it the client's end of the flow, whatever its port if that is not known?"""
    ends = (socket.protocol, socket.local, socket.remote, socket.remote_port)
    same_ends = ends == (flow.protocol, flow.src, flow.dst, flow.dport)
    if not same_ends or not socket.local_port:
        return False
    return flow.matches(flow.translated(sport=socket.local_port))


def _waiting(flow: Flow, socket: Socket, item: Evidence) -> Attempt:
    opening = socket.state == "SYN-SENT"
    end = ConnState.NO_ANSWER if opening else ConnState.STALLED
    return Attempt(flow, end, opening, item.taken_at, (item.id,))


def works(case: Case, tried: Iterable[Attempt], split: bool = False) -> bool | None:
    """Does the flow work? Attempts of exactly this flow count; without any, those with another
    source port do.

    split: ports take different ways, so that one tells nothing of another.
    """
    concluded = [one for one in tried if one.end is not ConnState.OPEN]
    exact = [one for one in concluded if case.flow.matches(one.flow)]
    others = [] if split else concluded
    counted = exact or others
    if not counted:
        return None
    return all(one.end is ConnState.WORKED for one in counted)
