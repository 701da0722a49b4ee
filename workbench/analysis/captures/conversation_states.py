"""How did one connection go, as the packets at its two ends show?"""

from __future__ import annotations

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversation_ends import (
    broken_off,
    cut_off,
    hung_up,
    in_vain,
    probed_in_vain,
)
from workbench.analysis.captures.conversation_use import closed_at_once, fed
from workbench.analysis.captures.conversations import (
    Conversation,
    continues,
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
        return ConnState.OPEN if conversation.part else _exchange(conversation)
    if conversation.part:
        return _of_a_part(conversation)
    if has_flag("S", conversation.got):
        return _accepted(conversation)
    if not has_flag("S", conversation.sent):
        return _established(conversation)
    return ConnState.OPEN if _answered_elsewhere(conversation) else _unaccepted(conversation)


def _accepted(conversation: Conversation) -> ConnState:
    if _by_a_proxy(conversation):
        return _of_the_server(conversation)
    if not _completed(conversation):
        return _unfinished(conversation)
    return _established(conversation)


def _of_a_part(conversation: Conversation) -> ConnState:
    """Only what one side sends again and again tells that it misses something."""
    asked, answered = insisted(conversation.sent), insisted(conversation.got)
    if asked is not None and "S" in asked.flags:
        return ConnState.NO_ANSWER
    if answered is not None and "S" in answered.flags:
        return ConnState.HALF_OPEN
    if asked is not None or answered is not None:
        return ConnState.STALLED
    return ConnState.WORKED if fed(conversation) else ConnState.OPEN


def _unfinished(conversation: Conversation) -> ConnState:
    """The handshake did not complete: it failed, or who asked only wanted to know whether somebody
    answers."""
    reset = closed_at_once(conversation)
    if reset is None:
        return ConnState.HALF_OPEN
    watched = conversation.until(reset.time) - reset.time >= max(
        conversation.pace.patience, UNMEASURED
    )
    return ConnState.WORKED if watched else ConnState.OPEN


def _by_a_proxy(conversation: Conversation) -> bool:
    """Did the client get a SYN-ACK that the server, asked later, never sent? Then it says nothing
    of the server."""
    asked = any(packet.control == "S" for packet in conversation.heard)
    if not conversation.server_watched or not asked:
        return False
    return not has_flag("S", conversation.answered)


def _of_the_server(conversation: Conversation) -> ConnState:
    """What the server did with the handshake that a proxy made with it."""
    if has_flag("R", conversation.answered):
        return ConnState.REFUSED
    asked = with_flag("S", conversation.sent)
    return ConnState.NO_ANSWER if _waited(conversation, asked) else ConnState.OPEN


def _exchange(conversation: Conversation) -> ConnState:
    if not conversation.got:
        return ConnState.NO_ANSWER if _waited(conversation, conversation.sent) else ConnState.OPEN
    latest = conversation.got[-1].time
    later = [packet.time for packet in conversation.sent if packet.time > latest]
    overdue = [time for time in later if conversation.last - time >= conversation.pace.patience]
    return ConnState.STALLED if len(overdue) > 1 else ConnState.WORKED


def _waited(conversation: Conversation, sent: list[Packet]) -> bool:
    """Had an answer had its time? Where nobody knows when the capture ended, what was sent again
    says so."""
    if not sent:
        return False
    sent_again = len(sent) > 1 and not conversation.told
    return sent_again or not _just_before_the_end(conversation, sent[0])


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
    return ConnState.NO_ANSWER if _waited(conversation, opens) else ConnState.OPEN


def _answer_lost(conversation: Conversation, opens: list[Packet]) -> ConnState:
    """The server answered, and the client saw nothing of it."""
    if not conversation.told or _waited(conversation, _heard(conversation, opens)):
        return ConnState.HALF_OPEN
    return ConnState.OPEN


def _heard(conversation: Conversation, opens: list[Packet]) -> list[Packet]:
    """Of what opens it, the packets that came to the server: only from then on can an answer be
    awaited."""
    came = {loosely(packet) for packet in conversation.heard}
    return [packet for packet in opens if loosely(packet) in came] or opens


def _completed(conversation: Conversation) -> bool:
    """Did the client acknowledge the SYN-ACK, and the server hear of it?"""
    accepts = with_flag("S", conversation.got)
    ack = next(filter(_acknowledges, conversation.sent), None)
    if ack is None:
        coming = _just_before_the_end(conversation, accepts[0])
        return coming and not has_flag("R", conversation.sent)
    if any(map(continues, conversation.got)):
        return True
    if conversation.told and _just_before_the_end(conversation, ack):
        return True  # it may be on its way
    if conversation.server_watched and conversation.heard:
        return any(map(continues, conversation.heard))
    return not any(packet.time - ack.time > conversation.pace.one_way for packet in accepts)


def _established(conversation: Conversation) -> ConnState:
    if hangs(conversation):
        return ConnState.STALLED
    if hung_up(conversation):
        return ConnState.HUNG_UP
    if broken_off(conversation):
        return ConnState.RESET
    if cut_off(conversation):
        return ConnState.CUT_OFF
    if _gave_up(conversation):
        if probed_in_vain(conversation):
            return ConnState.NO_ANSWER
        if conversation.start is None or has_data(conversation.sent):
            return ConnState.UNANSWERED if in_vain(conversation) else ConnState.OPEN
    return ConnState.WORKED if conversation.got else _unheard(conversation)


def _gave_up(conversation: Conversation) -> bool:
    """Did the client reset a connection in which question and answer had not both been seen, and
    that the server had not closed?"""
    exchanged = has_data(conversation.sent) and has_data(conversation.got)
    if exchanged or has_flag("F", conversation.got):
        return False
    return has_flag("R", conversation.sent)


def _unheard(conversation: Conversation) -> ConnState:
    """Nothing was seen to come back on a connection that stood."""
    waited = len(conversation.sent) > 1 and _waited(conversation, conversation.sent)
    if waited or _left_alone(conversation):
        return ConnState.NO_ANSWER
    return ConnState.OPEN


def _left_alone(conversation: Conversation) -> bool:
    """Is this the last that a sender tried, of data that nobody acknowledged long after?"""
    long = 2 * conversation.pace.patience
    data = (packet for packet in conversation.sent if packet.payload)
    return any(conversation.last - packet.time >= long for packet in data)
