"""Who ended one connection, and did it end as connections should?"""

from __future__ import annotations

from itertools import pairwise

from workbench.analysis.captures.conversations import (
    TIMES,
    Conversation,
    end_of,
    has_flag,
    reach_of,
)
from workbench.analysis.captures.pace import MARGIN

IDLE = 1.0  # seconds between two keep-alives, at least


def hung_up(conversation: Conversation) -> bool:
    """Did the server close first, and meet what the client said later with a RST?

    What crossed the FIN on its way, a farewell right behind it, and what a client sends that closes
    as well are the ends of connections as they should be.
    """
    closed = next((packet for packet in conversation.got if "F" in packet.flags), None)
    reset = next((packet for packet in conversation.got if "R" in packet.flags), None)
    if (
        closed is None
        or reset is None
        or (
            conversation.server_watched
            and conversation.answered
            and not has_flag("R", conversation.answered)
        )
    ):
        return False
    between = [packet for packet in conversation.sent if closed.time < packet.time <= reset.time]
    later = [packet for packet in between if packet.payload and packet.time - closed.time > MARGIN]
    return bool(later) and not has_flag("F", (p for p in conversation.sent if p.time <= reset.time))


def pause_of(conversation: Conversation) -> float | None:
    """The seconds of silence after which the server closed; None = what came before was not
    seen."""
    closed = next((packet.time for packet in conversation.got if "F" in packet.flags), None)
    said = [
        p.time
        for p in (*conversation.sent, *conversation.got)
        if p.payload and closed is not None and p.time < closed
    ]
    return closed - max(said) if closed is not None and said else None


def in_vain(conversation: Conversation) -> bool:
    """Did the server acknowledge all that was asked, and say nothing for long, so that the client
    reset it?"""
    asked = [packet for packet in conversation.sent if packet.payload and packet.seq is not None]
    resets = [packet for packet in conversation.sent if "R" in packet.flags]
    upto = reach_of(conversation.got)
    if (
        not asked
        or not resets
        or upto is None
        or any(p.payload for p in (*conversation.got, *conversation.answered))
    ):
        return False
    return (
        end_of(asked[-1]) <= upto and resets[0].time - asked[-1].time >= conversation.pace.patience
    )


def probed_in_vain(conversation: Conversation) -> bool:
    """Did the client ask an idle connection again and again whether it lives, and then reset it,
    unanswered?

    Such probes are empty and alike, seconds apart; an ACK of what came is neither: something came
    before it.
    """
    heard = max((packet.time for packet in conversation.got), default=float("-inf"))
    later = [packet for packet in conversation.sent if packet.time > heard]
    probes, end = later[:-1][-TIMES:], later[-1:]
    empty = all(packet.flags == "." and not packet.payload for packet in probes)
    alike = len({packet.ack for packet in probes}) == 1
    apart = all(after.time - before.time >= IDLE for before, after in pairwise([*probes, *end]))
    return len(probes) == TIMES and empty and alike and apart and has_flag("R", end)


def broken_off(conversation: Conversation) -> bool:
    """Did a RST cut the connection that neither end had finished with?"""
    if _cut_by_a_stranger(conversation):
        return True
    if not has_flag("R", conversation.got):
        return False
    if conversation.server_watched and conversation.heard:
        return _refused_data(conversation) or not has_flag("R", conversation.answered)
    answered = any(p.payload for p in conversation.sent) and any(
        p.payload for p in conversation.got
    )
    return _refused_data(conversation) or not (
        answered or has_flag("F", (*conversation.sent, *conversation.got))
    )


def cut_off(conversation: Conversation) -> bool:
    """Did the server's own RST come in place of the answer, to a client that had asked and not
    closed?"""
    reset = next((packet for packet in conversation.got if "R" in packet.flags), None)
    if (
        reset is None
        or not has_flag("R", conversation.answered)
        or any(p.payload for p in (*conversation.got, *conversation.answered))
    ):
        return False
    asked = any(packet.payload for packet in conversation.sent)
    return asked and not {"F", "R"} & {
        flag for p in conversation.sent if p.time < reset.time for flag in p.flags
    }


def _cut_by_a_stranger(conversation: Conversation) -> bool:
    """Did the server get a RST that the client never sent, with data of its own still on the
    way?"""
    if not conversation.server_watched or has_flag("F", conversation.got):
        return False
    sent = {packet.seq for packet in conversation.sent if "R" in packet.flags}
    foreign = [p for p in conversation.heard if "R" in p.flags and p.seq not in sent]
    data = [p for p in conversation.answered if p.payload and p.seq is not None]
    upto = reach_of(p for p in conversation.heard if "R" not in p.flags)
    return bool(foreign and data) and (upto is None or end_of(data[-1]) > upto)


def _refused_data(conversation: Conversation) -> bool:
    """Was the RST the answer to data, sent to a side that had not finished?"""
    upto = reach_of(p for p in conversation.got if "R" not in p.flags)
    data = [p for p in conversation.sent if p.payload and p.seq is not None]
    return (
        bool(data)
        and not has_flag("F", conversation.got)
        and (upto is None or end_of(data[-1]) > upto)
    )
