"""How much of an exchange did a connection show?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import (
    Conversation,
    continues,
    data_of,
    end_of,
    first_with,
    has_data,
    has_flag,
    reach_of,
    with_flag,
)
from workbench.analysis.case.findings import Use


def fed(conversation: Conversation) -> bool:
    """Does the client, the only one that was shown, ask, and acknowledge more and more of what it
    gets?"""
    if conversation.got or has_flag("R", conversation.sent):
        return False
    if not has_data(conversation.sent):
        return False
    return _acknowledges_more(filter(continues, conversation.sent))


def _acknowledges_more(packets: Iterable[Packet]) -> bool:
    """Does a later one acknowledge more than the one before?"""
    acks = [packet.ack for packet in packets if packet.ack is not None]
    # a text may count anew after the first
    return any(after - before > 1 for before, after in pairwise(acks))


def closed_at_once(conversation: Conversation) -> Packet | None:
    """The RST by which the client itself, which sent one SYN and never another, answered the
    SYN-ACK: a health check.

    Who refuses a SYN-ACK in its place leaves it waiting: it sends its SYN again.
    """
    opens, resets = with_flag("S", conversation.sent), with_flag("R", conversation.sent)
    accept = first_with("S", conversation.got)
    if accept is None or len(opens) != 1 or not resets:
        return None
    sent_more = len(opens) + len(resets) != len(conversation.sent)
    if sent_more or not _refuses(resets[0], accept):
        return None
    return resets[0] if _alike_in_ttl(resets[0], opens[0]) else None


def _refuses(reset: Packet, accept: Packet) -> bool:
    """Does this RST answer that SYN-ACK?"""
    return accept.ack is not None and reset.seq == accept.ack


def _alike_in_ttl(one: Packet, other: Packet) -> bool:
    """Can both come from one machine, as far as their TTLs show?"""
    return None in (one.ttl, other.ttl) or one.ttl == other.ttl


def used(conversation: Conversation) -> Use:
    """How much of an exchange did a connection that worked show?"""
    if conversation.flow.protocol is not Protocol.TCP:
        return Use.USED
    if has_flag("R", conversation.got) and not has_data(conversation.got):
        return Use.BROKEN_OFF
    if conversation.part and fed(conversation):
        return Use.USED
    if _closed_in_peace(conversation):
        return Use.USED
    return _by_data(conversation)


def _by_data(conversation: Conversation) -> Use:
    """Which side's data was acknowledged?"""
    there = _taken(conversation.sent, conversation.got)
    back = _taken(conversation.got, conversation.sent)
    if there:
        return Use.USED if back else Use.WAITING
    if back:
        return Use.CARRIED
    return _without_data(conversation)


def _closed_in_peace(conversation: Conversation) -> bool:
    """Did both sides close, with nothing that was asked left without an answer?"""
    sent, got = conversation.sent, conversation.got
    if not has_flag("F", sent) or not has_flag("F", got):
        return False
    return has_data(got) or not has_data(sent)


def _without_data(conversation: Conversation) -> Use:
    """No data was acknowledged by either side."""
    if conversation.start is None:
        return Use.IDLE
    if closed_at_once(conversation) is not None:
        return Use.CHECKED
    if has_data(conversation.sent):
        return Use.ASKED
    if any(map(continues, conversation.sent)):
        return Use.OPENED
    return Use.ANSWERED


def _taken(sent: Iterable[Packet], acknowledged: Iterable[Packet]) -> bool:
    """Was data of this side acknowledged by the other?"""
    upto = reach_of(acknowledged)
    if upto is None:
        return False
    return any(end_of(packet) <= upto for packet in data_of(sent))
