"""Who ended one connection, and did it end as connections should?"""

from __future__ import annotations

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
    if closed is None or reset is None or _reset_by_another(conversation):
        return False
    sent = [packet for packet in conversation.sent if packet.time <= reset.time]
    later = [packet for packet in sent if packet.time - closed.time > MARGIN]
    return has_data(later) and not has_flag("F", sent)


def _reset_by_another(conversation: Conversation) -> bool:
    """Was the server seen to answer, and never to send a RST?"""
    seen = conversation.server_watched and bool(conversation.answered)
    return seen and not has_flag("R", conversation.answered)


def pause_of(conversation: Conversation) -> float | None:
    """The seconds of silence after which the server closed; None = what came before was not
    seen."""
    closed = first_with("F", conversation.got)
    if closed is None:
        return None
    data = [packet for packet in (*conversation.sent, *conversation.got) if packet.payload]
    said = [packet.time for packet in data if packet.time < closed.time]
    return closed.time - max(said) if said else None


def in_vain(conversation: Conversation) -> bool:
    """Did the server acknowledge all that was asked, and say nothing for long, so that the client
    reset it?"""
    asked = data_of(conversation.sent)
    reset = first_with("R", conversation.sent)
    if not asked or reset is None:
        return False
    if has_data(conversation.got) or has_data(conversation.answered):
        return False
    upto = reach_of(conversation.got)
    acknowledged = upto is not None and end_of(asked[-1]) <= upto
    waited = reset.time - asked[-1].time >= conversation.pace.patience
    return acknowledged and waited


def probed_in_vain(conversation: Conversation) -> bool:
    """Did the client ask an idle connection again and again whether it lives, and then reset it,
    unanswered?

    Such probes are empty and alike, seconds apart; an ACK of what came is neither: something came
    before it.
    """
    heard = max((packet.time for packet in conversation.got), default=float("-inf"))
    later = [packet for packet in conversation.sent if packet.time > heard]
    probes, end = later[:-1][-TIMES:], later[-1:]
    if len(probes) != TIMES or not has_flag("R", end):
        return False
    times = [packet.time for packet in (*probes, *end)]
    empty = all(packet.flags == "." and not packet.payload for packet in probes)
    alike = len({packet.ack for packet in probes}) == 1
    apart = all(after - before >= IDLE for before, after in pairwise(times))
    return empty and alike and apart


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
    exchanged = has_data(conversation.sent) and has_data(conversation.got)
    finished = has_flag("F", (*conversation.sent, *conversation.got))
    return not exchanged and not finished


def cut_off(conversation: Conversation) -> bool:
    """Did the server's own RST come in place of the answer, to a client that had asked and not
    closed?"""
    reset = first_with("R", conversation.got)
    if reset is None or not has_flag("R", conversation.answered):
        return False
    if has_data(conversation.got) or has_data(conversation.answered):
        return False
    before = [packet for packet in conversation.sent if packet.time < reset.time]
    ended = has_flag("F", before) or has_flag("R", before)
    return has_data(conversation.sent) and not ended


def _cut_by_a_stranger(conversation: Conversation) -> bool:
    """Did the server get a RST that the client never sent, with data of its own still on the
    way?"""
    if not conversation.server_watched or has_flag("F", conversation.got):
        return False
    own = {packet.seq for packet in with_flag("R", conversation.sent)}
    foreign = any(packet.seq not in own for packet in with_flag("R", conversation.heard))
    return foreign and _still_on_its_way(conversation.answered, conversation.heard)


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
    upto = reach_of(packet for packet in answers if "R" not in packet.flags)
    return upto is None or end_of(data[-1]) > upto
