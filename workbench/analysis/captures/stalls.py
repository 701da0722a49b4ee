"""Does data of one side of a connection not get through to the other?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from collectors.model.records import Packet
from workbench.analysis.captures.conversations import SOONEST, TIMES, Conversation, end_of, reach_of


def insisted(packets: Iterable[Packet]) -> Packet | None:
    """What a side sent three times in a row at the end, each time after TCP's shortest timeout, and
    nothing new."""
    asking = [p for p in packets if p.seq is not None and (p.payload or "S" in p.flags)][-TIMES:]
    alike = len({(p.seq, "S" in p.flags) for p in asking}) == 1
    waited = all(later.time - p.time >= SOONEST for p, later in pairwise(asking))
    return asking[-1] if len(asking) == TIMES and alike and waited else None


def hangs(conversation: Conversation) -> bool:
    """Does data of one side not get through to the other, as the sender or the receiver shows?"""
    ends = (
        (conversation.sent, conversation.got, conversation.last),
        (conversation.heard, conversation.answered, conversation.far_last),
    )
    pairs = [
        (one, other, last)
        for left, right, last in ends
        for one, other in ((left, right), (right, left))
    ]
    unheard = any(
        stuck(conversation, sent, acknowledged, last) for sent, acknowledged, last in pairs
    )
    return (
        unheard
        or gap(conversation, conversation.got, conversation.sent, conversation.last)
        or gap(conversation, conversation.heard, conversation.answered, conversation.far_last)
    )


def stuck(
    conversation: Conversation, sent: Iterable[Packet], acknowledged: Iterable[Packet], last: float
) -> bool:
    """Was the first byte that nobody acknowledges sent again and again, while an acknowledgement
    had its time?"""
    data = [packet for packet in sent if packet.payload and packet.seq is not None]
    upto = reach_of(acknowledged)
    open_ends = [packet for packet in data if upto is None or end_of(packet) > upto]
    if not open_ends:
        return False
    wanted = open_ends[0].seq if upto is None else max(upto, data[0].seq or 0)
    times = [
        packet.time for packet in open_ends if (packet.seq or 0) <= (wanted or 0) < end_of(packet)
    ]
    return len(times) > 1 and _long(conversation, times[conversation.told], last)


def gap(
    conversation: Conversation, got: Iterable[Packet], acknowledged: Iterable[Packet], last: float
) -> bool:
    """Did data arrive behind a hole that was never filled, so that its receiver asks for what is
    missing to the end?"""
    acks = [packet for packet in acknowledged if packet.ack is not None and "R" not in packet.flags]
    upto = reach_of(acks)
    behind = [
        p for p in got if p.payload and p.seq is not None and upto is not None and p.seq > upto
    ]
    if not behind or upto is None or not _long(conversation, behind[0].time, last):
        return False
    # it was seen: who watches is not the receiver
    if any(p.seq is not None and p.seq <= upto < end_of(p) for p in got):
        return False
    return any(packet.ack == upto and packet.time >= behind[0].time for packet in acks)


def _long(conversation: Conversation, since: float, last: float) -> bool:
    """Long enough for it to have come? A text without times holds what somebody waited for."""
    return last - since >= conversation.pace.patience or last == 0.0
