"""How much of an exchange did a connection show?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import Conversation, end_of, has_flag, reach_of
from workbench.analysis.case.findings import Use


def fed(conversation: Conversation) -> bool:
    """Does the client, the only one that was shown, ask, and acknowledge more and more of what it
    gets?"""
    acks = [p.ack for p in conversation.sent if p.ack is not None and not {"S", "R"} & set(p.flags)]
    asks = any(packet.payload for packet in conversation.sent)
    # a text may count anew after the first
    more = any(after - before > 1 for before, after in pairwise(acks))
    return not conversation.got and asks and more and not has_flag("R", conversation.sent)


def closed_at_once(conversation: Conversation) -> Packet | None:
    """The RST by which the asker itself, which sent one SYN and never another, answered the
    SYN-ACK: a health check.

    Who refuses a SYN-ACK in its place leaves it waiting: it sends its SYN again.
    """
    opens = [packet for packet in conversation.sent if "S" in packet.flags]
    resets = [packet for packet in conversation.sent if "R" in packet.flags]
    accepts = [packet for packet in conversation.got if "S" in packet.flags]
    if (
        len(opens) != 1
        or not resets
        or not accepts
        or len(opens) + len(resets) != len(conversation.sent)
    ):
        return None
    first, answers = resets[0], accepts[0].ack is not None and resets[0].seq == accepts[0].ack
    alike = None in (first.ttl, opens[0].ttl) or first.ttl == opens[0].ttl
    return first if answers and alike else None


def used(conversation: Conversation) -> Use:
    """How much of an exchange did a connection that worked show?"""
    if conversation.flow.protocol is not Protocol.TCP:
        return Use.USED
    asked, answered = (
        any(p.payload for p in side) for side in (conversation.sent, conversation.got)
    )
    if has_flag("R", conversation.got) and not answered:
        return Use.BROKEN_OFF
    if conversation.part and fed(conversation):
        return Use.USED
    there, back = (
        _taken(conversation.sent, conversation.got),
        _taken(conversation.got, conversation.sent),
    )
    closed = has_flag("F", conversation.sent) and has_flag("F", conversation.got)
    if (there and back) or (closed and (answered or not asked)):
        return Use.USED
    if there:
        return Use.WAITING
    if back:
        return Use.CARRIED
    if conversation.start is None:
        return Use.IDLE
    if closed_at_once(conversation) is not None:
        return Use.CHECKED
    if asked:
        return Use.ASKED
    return Use.OPENED if _acknowledged(conversation) else Use.ANSWERED


def _acknowledged(conversation: Conversation) -> bool:
    """Did the client send anything after its SYN, and not a mere refusal?"""
    return any(not {"S", "R"} & set(packet.flags) for packet in conversation.sent)


def _taken(sent: Iterable[Packet], acknowledged: Iterable[Packet]) -> bool:
    """Was data of this side acknowledged by the other?"""
    upto = reach_of(acknowledged)
    return upto is not None and any(
        p.payload and p.seq is not None and end_of(p) <= upto for p in sent
    )
