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
    asking = list(filter(_asks, packets))[-TIMES:]
    if len(asking) != TIMES:
        return None
    for packet, later in pairwise(asking):
        if not _alike(packet, later) or later.time - packet.time < SOONEST:
            return None
    return asking[-1]


def _alike(one: Packet, other: Packet) -> bool:
    """Do they carry the same?"""
    return (one.seq, "S" in one.flags) == (other.seq, "S" in other.flags)


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
    if not data:
        return False
    wanted = _wanted(data, reach_of(acknowledged))
    times = [packet.time for packet in data if _carries(packet, wanted)]
    if len(times) < 2:
        return False
    return _long(conversation, times[1 if conversation.end_known else 0], last)


def _wanted(data: list[Packet], upto: int | None) -> int:
    """The first byte of this data that no one acknowledges."""
    start = start_of(data[0])
    return start if upto is None else max(upto, start)


def _carries(packet: Packet, byte: int) -> bool:
    """Is that byte of the stream in this packet?"""
    return start_of(packet) <= byte < end_of(packet)


def gap(
    conversation: Conversation, got: Iterable[Packet], acknowledged: Iterable[Packet], last: float
) -> bool:
    """Did data arrive behind a hole that was never filled, so that its receiver asks for what is
    missing to the end?"""
    acks = [packet for packet in acknowledged if "R" not in packet.flags]
    upto, data = reach_of(acks), data_of(got)
    if upto is None:
        return False
    since = _first_behind(data, upto)
    if since is None or not _long(conversation, since, last):
        return False
    if any(_carries(packet, upto) for packet in data):
        return False  # it was seen: who watches is not the receiver
    return _asks_for(upto, acks, since)


def _first_behind(data: list[Packet], byte: int) -> float | None:
    """When did data arrive that begins behind that byte?"""
    for packet in data:
        if start_of(packet) > byte:
            return packet.time
    return None


def _asks_for(byte: int, acks: Iterable[Packet], since: float) -> bool:
    """Is that byte still asked for after that moment?"""
    later = (packet.ack for packet in acks if packet.time >= since)
    return byte in later


def _long(conversation: Conversation, since: float, last: float) -> bool:
    """Long enough for it to have come? A text without times holds what somebody waited for."""
    if last == 0.0:
        return True
    return last - since >= conversation.pace.patience
