"""Who ended one connection, and did it end as connections should?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from collectors.model.records import Packet
from workbench.analysis.captures.conversations import (
    TIMES,
    Conversation,
    data_of,
    end_of,
    first_with,
    has_data,
    has_flag,
    reach_of,
    with_flag,
)
from workbench.analysis.captures.pace import MARGIN

IDLE = 1.0  # seconds between two keep-alives, at least


def hung_up(conversation: Conversation) -> bool:
    """Did the server close first, and meet what the client said later with a RST?

    What crossed the FIN on its way, a farewell right behind it, and what a client sends that closes
    as well are the ends of connections as they should be.
    """
    closed = first_with("F", conversation.got)
    reset = first_with("R", conversation.got)
    if closed is None or reset is None:
        return False
    if _reset_by_another(conversation):
        return False
    sent = [packet for packet in conversation.sent if packet.time <= reset.time]
    return _goes_on_after(sent, closed)


def _goes_on_after(sent: list[Packet], closed: Packet) -> bool:
    """Did the client say more after the server had closed, and not close itself?"""
    if has_flag("F", sent):
        return False
    return has_data(packet for packet in sent if packet.time - closed.time > MARGIN)


def exchanged(conversation: Conversation) -> bool:
    """Were both question and answer seen?"""
    return has_data(conversation.sent) and has_data(conversation.got)


def _server_said_nothing(conversation: Conversation) -> bool:
    """Was no data of the server seen, at either end?"""
    return not has_data((*conversation.got, *conversation.answered))


def _reset_by_another(conversation: Conversation) -> bool:
    """Was the server seen to answer, and never to send a RST?"""
    if not conversation.server_watched or not conversation.answered:
        return False
    return not has_flag("R", conversation.answered)


def pause_of(conversation: Conversation) -> float | None:
    """The seconds of silence after which the server closed; None = what came before was not
    seen."""
    closed = first_with("F", conversation.got)
    if closed is None:
        return None
    before = [
        packet.time
        for packet in (*conversation.sent, *conversation.got)
        if packet.payload and packet.time < closed.time
    ]
    if not before:
        return None
    return closed.time - max(before)


def never_answered(conversation: Conversation) -> bool:
    """Did the server acknowledge all that was asked, and say nothing for long, so that the client
    reset it?"""
    asked = data_of(conversation.sent)
    reset = first_with("R", conversation.sent)
    if not asked or reset is None:
        return False
    if reset.time - asked[-1].time < conversation.pace.patience:
        return False
    return _server_said_nothing(conversation) and _acknowledged(asked[-1], conversation.got)


def _acknowledged(packet: Packet, answers: Iterable[Packet]) -> bool:
    """Do these answers acknowledge the whole packet?"""
    upto = reach_of(answers)
    return upto is not None and end_of(packet) <= upto


def keepalives_unanswered(conversation: Conversation) -> bool:
    """Did the client ask an idle connection again and again whether it lives, and then reset it,
    unanswered?"""
    later = _after_the_last_answer(conversation)
    probes, end = later[:-1][-TIMES:], later[-1:]
    if len(probes) != TIMES or not has_flag("R", end):
        return False
    return _are_keepalives(probes) and _apart((*probes, *end))


def _after_the_last_answer(conversation: Conversation) -> list[Packet]:
    """What the client sent since anything came back."""
    latest = max((packet.time for packet in conversation.got), default=float("-inf"))
    return [packet for packet in conversation.sent if packet.time > latest]


def _are_keepalives(probes: list[Packet]) -> bool:
    """Such probes are empty and alike; an ACK of what came is neither: something came before
    it."""
    kinds = {(packet.flags, packet.payload, packet.ack) for packet in probes}
    return kinds == {(".", 0, probes[0].ack)}


def _apart(packets: Iterable[Packet]) -> bool:
    """Do seconds lie between any two of them?"""
    times = (packet.time for packet in packets)
    return all(after - before >= IDLE for before, after in pairwise(times))


def broken_off(conversation: Conversation) -> bool:
    """Did a RST cut the connection that neither end had finished with?"""
    if _cut_by_a_stranger(conversation):
        return True
    if not has_flag("R", conversation.got):
        return False
    if _refused_data(conversation):
        return True
    if conversation.server_watched and conversation.heard:
        return not has_flag("R", conversation.answered)
    if exchanged(conversation):
        return False
    return not has_flag("F", (*conversation.sent, *conversation.got))


def cut_off(conversation: Conversation) -> bool:
    """Did the server's own RST come in place of the answer, to a client that had asked and not
    closed?"""
    reset = first_with("R", conversation.got)
    if reset is None or not has_flag("R", conversation.answered):
        return False
    if not has_data(conversation.sent) or not _server_said_nothing(conversation):
        return False
    ended = next(filter(_ends, conversation.sent), None)
    return ended is None or ended.time >= reset.time


def _ends(packet: Packet) -> bool:
    """Does it close its connection, or reset it?"""
    return not {"F", "R"}.isdisjoint(packet.flags)


def _cut_by_a_stranger(conversation: Conversation) -> bool:
    """Did the server get a RST that the client never sent, with data of its own still on the
    way?"""
    if not conversation.server_watched or has_flag("F", conversation.got):
        return False
    if not _got_a_foreign_reset(conversation):
        return False
    return _still_on_its_way(conversation.answered, conversation.heard)


def _got_a_foreign_reset(conversation: Conversation) -> bool:
    """Did the server get a RST that the client was not seen to send?"""
    own = {packet.seq for packet in with_flag("R", conversation.sent)}
    return any(packet.seq not in own for packet in with_flag("R", conversation.heard))


def _refused_data(conversation: Conversation) -> bool:
    """Was the RST the answer to data, sent to a side that had not finished?"""
    if has_flag("F", conversation.got):
        return False
    return _still_on_its_way(conversation.sent, conversation.got)


def _still_on_its_way(sent: list[Packet], answers: list[Packet]) -> bool:
    """Was the last data of one side not acknowledged? A RST acknowledges nothing."""
    data = data_of(sent)
    if not data:
        return False
    return not _acknowledged(data[-1], (packet for packet in answers if "R" not in packet.flags))
