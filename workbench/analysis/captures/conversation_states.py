"""How did one connection go, as the packets at its two ends show?"""

from __future__ import annotations

from collections.abc import Callable

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversation_ends import (
    broken_off,
    cut_off,
    exchanged,
    hung_up,
    keepalives_unanswered,
    never_answered,
)
from workbench.analysis.captures.conversation_use import closed_at_once, fed
from workbench.analysis.captures.conversations import (
    Conversation,
    continues,
    first_with,
    has_data,
    has_flag,
    with_flag,
)
from workbench.analysis.captures.observations import loosely
from workbench.analysis.captures.pace import UNMEASURED
from workbench.analysis.captures.stalls import hangs, insisted
from workbench.analysis.case.findings import ConnState


def ending(conversation: Conversation) -> ConnState:
    """How did the connection go?"""
    if conversation.flow.protocol is not Protocol.TCP:
        return _of_datagrams(conversation)
    if conversation.part:
        return _of_a_part(conversation)
    if has_flag("S", conversation.got):
        return _accepted(conversation)
    if not has_flag("S", conversation.sent):
        return _established(conversation)
    if _answered_elsewhere(conversation):
        return ConnState.OPEN
    return _unaccepted(conversation)


def _accepted(conversation: Conversation) -> ConnState:
    if _by_a_proxy(conversation):
        return _of_the_server(conversation)
    if not _completed(conversation):
        return _unfinished(conversation)
    return _established(conversation)


def _of_a_part(conversation: Conversation) -> ConnState:
    """Only what one side sends again and again shows that it misses something."""
    asked, answered = insisted(conversation.sent), insisted(conversation.got)
    if asked is not None:
        return ConnState.NO_ANSWER if "S" in asked.flags else _stuck(answered)
    if answered is not None:
        return _stuck(answered)
    return ConnState.WORKED if fed(conversation) else ConnState.OPEN


def _stuck(answered: Packet | None) -> ConnState:
    """Where the server's last packets are all SYN-ACKs, the handshake was never completed."""
    if answered is not None and "S" in answered.flags:
        return ConnState.HALF_OPEN
    return ConnState.STALLED


def _unfinished(conversation: Conversation) -> ConnState:
    """The handshake did not complete: it failed, or who asked only wanted to know whether somebody
    answers."""
    reset = closed_at_once(conversation)
    if reset is None:
        return ConnState.HALF_OPEN
    long = max(conversation.pace.patience, UNMEASURED)
    if conversation.until(reset.time) - reset.time < long:
        return ConnState.OPEN
    return ConnState.WORKED


def _by_a_proxy(conversation: Conversation) -> bool:
    """Did the client get a SYN-ACK that the server, asked later, never sent? Then it says nothing
    of the server."""
    if not conversation.server_watched:
        return False
    asked = any(packet.control == "S" for packet in conversation.heard)
    return asked and not has_flag("S", conversation.answered)


def _of_datagrams(conversation: Conversation) -> ConnState:
    """Requests and answers, one by one: a protocol without connections."""
    if conversation.part:
        return ConnState.OPEN
    if not conversation.got:
        return _no_answer_if_waited(conversation, conversation.sent)
    return ConnState.STALLED if _overdue(conversation) > 1 else ConnState.WORKED


def _overdue(conversation: Conversation) -> int:
    """How many requests after the last answer would have been answered by now?"""
    latest, patience = conversation.got[-1].time, conversation.pace.patience
    later = [packet.time for packet in conversation.sent if packet.time > latest]
    return sum(conversation.last - moment >= patience for moment in later)


def _no_answer_if_waited(conversation: Conversation, sent: list[Packet]) -> ConnState:
    return ConnState.NO_ANSWER if _waited(conversation, sent) else ConnState.OPEN


def _of_the_server(conversation: Conversation) -> ConnState:
    """What the server did with the handshake that a proxy made with it."""
    if has_flag("R", conversation.answered):
        return ConnState.REFUSED
    return _no_answer_if_waited(conversation, with_flag("S", conversation.sent))


def _waited(conversation: Conversation, sent: list[Packet]) -> bool:
    """Had an answer had its time? Where nobody knows when the capture ended, what was sent again
    says so."""
    if not sent:
        return False
    if len(sent) > 1 and not conversation.end_known:
        return True
    return not _just_before_the_end(conversation, sent[0])


def _just_before_the_end(conversation: Conversation, packet: Packet) -> bool:
    """Did the capture end before an answer to that packet had its time?"""
    return conversation.until(packet.time) - packet.time < conversation.pace.patience


def _answered_elsewhere(conversation: Conversation) -> bool:
    """Does the client acknowledge what was never seen to come? Then this point sees one direction
    only."""
    return any(map(_acknowledges, conversation.sent))


def _acknowledges(packet: Packet) -> bool:
    return "." in packet.flags and continues(packet)


def _unaccepted(conversation: Conversation) -> ConnState:
    if has_flag("R", conversation.got):
        return ConnState.REFUSED
    opens = with_flag("S", conversation.sent)
    if conversation.answered:
        return _answer_lost(conversation, opens)
    if conversation.given_up:
        return ConnState.NO_ANSWER
    if conversation.tries < conversation.usual:
        return ConnState.OPEN  # the others were not answered before, either
    return _no_answer_if_waited(conversation, opens)


def _answer_lost(conversation: Conversation, opens: list[Packet]) -> ConnState:
    """The server answered, and the client saw nothing of it."""
    if not conversation.end_known:
        return ConnState.HALF_OPEN
    arrived = _arrived(conversation, opens) or opens
    return ConnState.HALF_OPEN if _waited(conversation, arrived) else ConnState.OPEN


def _arrived(conversation: Conversation, opens: list[Packet]) -> list[Packet]:
    """Of what opens it, the packets that came to the server: only from then on can an answer be
    awaited."""
    came = set(map(loosely, conversation.heard))
    return [packet for packet in opens if loosely(packet) in came]


def _completed(conversation: Conversation) -> bool:
    """Did the client acknowledge the SYN-ACK, and the server hear of it?"""
    ack = next(filter(_acknowledges, conversation.sent), None)
    if ack is None:
        return _ack_still_to_come(conversation)
    if any(map(continues, conversation.got)):
        return True
    if conversation.end_known and _just_before_the_end(conversation, ack):
        return True  # it may be on its way
    if conversation.server_watched and conversation.heard:
        return any(map(continues, conversation.heard))
    return not _accepted_again(conversation, ack)


def _ack_still_to_come(conversation: Conversation) -> bool:
    """Did the capture end before the client had to answer the SYN-ACK?"""
    accept = first_with("S", conversation.got)
    if accept is None or has_flag("R", conversation.sent):
        return False
    return _just_before_the_end(conversation, accept)


def _accepted_again(conversation: Conversation, ack: Packet) -> bool:
    """Did a SYN-ACK come so late that the server cannot have got the client's ACK?"""
    accepts = with_flag("S", conversation.got)
    return any(packet.time - ack.time > conversation.pace.one_way for packet in accepts)


def _established(conversation: Conversation) -> ConnState:
    for happened, state in _ENDS:
        if happened(conversation):
            return state
    if _gave_up(conversation):
        return _given_up(conversation)
    return _as_far_as_heard(conversation)


def _given_up(conversation: Conversation) -> ConnState:
    if keepalives_unanswered(conversation):
        return ConnState.NO_ANSWER
    if conversation.start is not None and not has_data(conversation.sent):
        return _as_far_as_heard(conversation)
    if never_answered(conversation):
        return ConnState.UNANSWERED
    return ConnState.OPEN


def _as_far_as_heard(conversation: Conversation) -> ConnState:
    return ConnState.WORKED if conversation.got else _unheard(conversation)


def _gave_up(conversation: Conversation) -> bool:
    """Did the client reset a connection in which question and answer had not both been seen, and
    that the server had not closed?"""
    if not has_flag("R", conversation.sent) or has_flag("F", conversation.got):
        return False
    return not exchanged(conversation)


def _unheard(conversation: Conversation) -> ConnState:
    """Nothing was seen to come back on a connection that stood."""
    if _left_alone(conversation):
        return ConnState.NO_ANSWER
    if len(conversation.sent) < 2:
        return ConnState.OPEN
    return _no_answer_if_waited(conversation, conversation.sent)


def _left_alone(conversation: Conversation) -> bool:
    """Is this the last that a sender tried, of data that nobody acknowledged long after?"""
    long = 2 * conversation.pace.patience
    data = (packet for packet in conversation.sent if packet.payload)
    return any(conversation.last - packet.time >= long for packet in data)


_ENDS: tuple[tuple[Callable[[Conversation], bool], ConnState], ...] = (
    (hangs, ConnState.STALLED),
    (hung_up, ConnState.HUNG_UP),
    (broken_off, ConnState.RESET),
    (cut_off, ConnState.CUT_OFF),
)
