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
from workbench.analysis.captures.conversations import Conversation, has_flag
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
    opened = any("S" in packet.flags for packet in conversation.sent)
    accepted = any("S" in packet.flags for packet in conversation.got)
    if opened and not accepted:
        return ConnState.OPEN if _answered_elsewhere(conversation) else _unaccepted(conversation)
    if accepted and _by_a_proxy(conversation):
        return _of_the_server(conversation)
    if accepted and not _completed(conversation):
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
    return (
        conversation.server_watched
        and asked
        and not any("S" in packet.flags for packet in conversation.answered)
    )


def _of_the_server(conversation: Conversation) -> ConnState:
    """What the server did with the handshake that a proxy made with it."""
    if has_flag("R", conversation.answered):
        return ConnState.REFUSED
    asked = [packet for packet in conversation.sent if "S" in packet.flags]
    return ConnState.NO_ANSWER if _waited(conversation, asked) else ConnState.OPEN


def _exchange(conversation: Conversation) -> ConnState:
    if not conversation.got:
        return ConnState.NO_ANSWER if _waited(conversation, conversation.sent) else ConnState.OPEN
    latest = conversation.got[-1].time
    later = [packet for packet in conversation.sent if packet.time > latest]
    unanswered = [
        packet for packet in later if conversation.last - packet.time >= conversation.pace.patience
    ]
    return ConnState.STALLED if len(unanswered) > 1 else ConnState.WORKED


def _waited(conversation: Conversation, sent: list[Packet]) -> bool:
    """Had an answer had its time? Where nobody knows when the capture ended, what was sent again
    says so."""
    overdue = (
        bool(sent) and conversation.until(sent[0].time) - sent[0].time >= conversation.pace.patience
    )
    return overdue or (len(sent) > 1 and not conversation.told)


def _answered_elsewhere(conversation: Conversation) -> bool:
    """Does the client acknowledge what was never seen to come? Then this point sees one direction
    only."""
    return any(
        "." in packet.flags and not {"S", "R"} & set(packet.flags) for packet in conversation.sent
    )


def _unaccepted(conversation: Conversation) -> ConnState:
    if any("R" in packet.flags for packet in conversation.got):
        return ConnState.REFUSED
    opens = [packet for packet in conversation.sent if "S" in packet.flags]
    if conversation.answered:
        return (
            ConnState.HALF_OPEN
            if not conversation.told or _waited(conversation, _heard(conversation, opens))
            else ConnState.OPEN
        )
    if not conversation.given_up and conversation.tries < conversation.usual:
        return ConnState.OPEN  # the others were not answered before, either
    waited = conversation.given_up or _waited(conversation, opens)
    return ConnState.NO_ANSWER if waited else ConnState.OPEN


def _heard(conversation: Conversation, opens: list[Packet]) -> list[Packet]:
    """Of what opens it, the packets that came to the server: only from then on can an answer be
    awaited."""
    came = {loosely(packet) for packet in conversation.heard}
    return [packet for packet in opens if loosely(packet) in came] or opens


def _completed(conversation: Conversation) -> bool:
    """Did the client acknowledge the SYN-ACK, and the server hear of it?"""
    accepts = [packet for packet in conversation.got if "S" in packet.flags]
    acks = [
        packet
        for packet in conversation.sent
        if "." in packet.flags and not {"S", "R"} & set(packet.flags)
    ]
    if not acks:
        coming = conversation.until(accepts[0].time) - accepts[0].time < conversation.pace.patience
        return coming and not has_flag("R", conversation.sent)
    if any("S" not in packet.flags and "R" not in packet.flags for packet in conversation.got):
        return True
    if (
        conversation.told
        and conversation.until(acks[0].time) - acks[0].time < conversation.pace.patience
    ):
        return True  # it may be on its way
    if conversation.server_watched and conversation.heard:
        return any(not {"S", "R"} & set(packet.flags) for packet in conversation.heard)
    return not any(packet.time - acks[0].time > conversation.pace.one_way for packet in accepts)


def _established(conversation: Conversation) -> ConnState:
    if hangs(conversation):
        return ConnState.STALLED
    if hung_up(conversation):
        return ConnState.HUNG_UP
    if broken_off(conversation):
        return ConnState.RESET
    if cut_off(conversation):
        return ConnState.CUT_OFF
    answered = any(p.payload for p in conversation.sent) and any(
        p.payload for p in conversation.got
    )
    gave_up = (
        has_flag("R", conversation.sent) and not answered and not has_flag("F", conversation.got)
    )
    if gave_up and probed_in_vain(conversation):
        return ConnState.NO_ANSWER
    if gave_up and (conversation.start is None or any(p.payload for p in conversation.sent)):
        return ConnState.UNANSWERED if in_vain(conversation) else ConnState.OPEN
    if not conversation.got:
        waited = len(conversation.sent) > 1 and _waited(conversation, conversation.sent)
        return ConnState.NO_ANSWER if waited or _left_alone(conversation) else ConnState.OPEN
    return ConnState.WORKED


def _left_alone(conversation: Conversation) -> bool:
    """Is this the last that a sender tried, of data that nobody acknowledged long after?"""
    return any(
        packet.payload and conversation.last - packet.time >= 2 * conversation.pace.patience
        for packet in conversation.sent
    )
