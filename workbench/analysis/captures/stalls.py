"""Does data of one side of a connection not get through to the other?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from collectors.model.records import Packet
from workbench.analysis.captures.conversations import (
    SOONEST,
    TIMES,
    Conversation,
    data_of,
    end_of,
    reach_of,
    start_of,
)


def insisted(packets: Iterable[Packet]) -> Packet | None:
    """What a side sent three times in a row at the end, each time after TCP's shortest timeout, and
    nothing new."""
    asking = [packet for packet in packets if _asks(packet)][-TIMES:]
    if len(asking) != TIMES:
        return None
    alike = len({(packet.seq, "S" in packet.flags) for packet in asking}) == 1
    waited = all(later.time - packet.time >= SOONEST for packet, later in pairwise(asking))
    return asking[-1] if alike and waited else None


def _asks(packet: Packet) -> bool:
    """Does TCP send this packet again until it is acknowledged?"""
    wanted = packet.payload or "S" in packet.flags
    return packet.seq is not None and bool(wanted)


def hangs(conversation: Conversation) -> bool:
    """Does data of one side not get through to the other, as the sender or the receiver shows?"""
    sent, got, last = conversation.sent, conversation.got, conversation.last
    heard, answered, far_last = conversation.heard, conversation.answered, conversation.far_last
    if _one_is_stuck(conversation, sent, got, last):
        return True
    if _one_is_stuck(conversation, heard, answered, far_last):
        return True
    return gap(conversation, got, sent, last) or gap(conversation, heard, answered, far_last)


def _one_is_stuck(
    conversation: Conversation, one: list[Packet], other: list[Packet], last: float
) -> bool:
    return stuck(conversation, one, other, last) or stuck(conversation, other, one, last)


def stuck(
    conversation: Conversation, sent: Iterable[Packet], acknowledged: Iterable[Packet], last: float
) -> bool:
    """Was the first byte that no one acknowledges sent again and again, while an acknowledgement
    had its time?"""
    data = data_of(sent)
    upto = reach_of(acknowledged)
    unheard = data if upto is None else [packet for packet in data if end_of(packet) > upto]
    if not unheard:
        return False
    wanted = start_of(data[0]) if upto is None else max(upto, start_of(data[0]))
    times = [packet.time for packet in unheard if start_of(packet) <= wanted < end_of(packet)]
    return len(times) > 1 and _long(conversation, times[conversation.told], last)


def gap(
    conversation: Conversation, got: Iterable[Packet], acknowledged: Iterable[Packet], last: float
) -> bool:
    """Did data arrive behind a hole that was never filled, so that its receiver asks for what is
    missing to the end?"""
    acks = [packet for packet in acknowledged if packet.ack is not None and "R" not in packet.flags]
    upto = reach_of(acks)
    if upto is None:
        return False
    data = data_of(got)
    behind = [packet.time for packet in data if start_of(packet) > upto]
    if not behind or not _long(conversation, behind[0], last):
        return False
    if any(start_of(packet) <= upto < end_of(packet) for packet in data):
        return False  # it was seen: who watches is not the receiver
    return any(packet.ack == upto and packet.time >= behind[0] for packet in acks)


def _long(conversation: Conversation, since: float, last: float) -> bool:
    """Long enough for it to have come? A text without times holds what somebody waited for."""
    return last - since >= conversation.pace.patience or last == 0.0
