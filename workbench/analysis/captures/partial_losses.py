"""What does a connection that fails show of its loss, where only some of its packets were seen?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import Conversation, end_of, reach_of
from workbench.analysis.captures.stalls import gap, insisted, stuck
from workbench.analysis.case.findings import Loss

FULL = 1000  # bytes: a segment that carries as much is as large as its sender makes them


def loss(conversation: Conversation) -> Loss | None:
    """Which direction loses packets, and which? None = the packets of this connection do not
    tell."""
    if conversation.flow.protocol is not Protocol.TCP:
        return None
    if conversation.part:
        return _insisted(conversation)
    return next((found for ask in _ASKED if (found := ask(conversation)) is not None), None)


def _insisted(conversation: Conversation) -> Loss | None:
    """One side sends the same again and again; what the other side sent was not shown."""
    if insisted(conversation.got) is not None:
        what = "SYN-ACKs" if "S" in conversation.got[-1].flags else "data"
        return Loss(
            None, f"the server sends its {what} again and again, as if nothing acknowledged them"
        )
    if insisted(conversation.sent) is not None:
        what = "SYNs" if "S" in conversation.sent[-1].flags else "data"
        return Loss(
            None, f"the client sends its {what} again and again, as if nothing answered them"
        )
    return None


def _repeated_answer(conversation: Conversation) -> Loss | None:
    """Does the SYN-ACK come again after the client's ACK?"""
    acks = [p.time for p in conversation.sent if "." in p.flags and not {"S", "R"} & set(p.flags)]
    answers = [p for p in conversation.got if "S" in p.flags]
    if len(answers) < 2 or len({p.seq for p in answers}) > 1 or not acks:
        return None
    if conversation.last and answers[-1].time - acks[0] <= conversation.pace.one_way:
        return None  # it was sent before the ACK could come
    return Loss(
        False,
        "the SYN-ACK comes again and again after the client's ACK, which therefore does not arrive",
    )


def _repeated_opening(conversation: Conversation) -> Loss | None:
    """Does the SYN come again after the SYN-ACK passed, and no ACK ever?"""
    asks = [p for p in conversation.sent if "S" in p.flags]
    answers = [p for p in conversation.got if "S" in p.flags]
    if (
        not answers
        or any("S" not in p.flags for p in conversation.sent)
        or len({p.seq for p in asks}) != 1
    ):
        return None
    late = [p for p in asks if p.time - answers[0].time > conversation.pace.one_way]
    return (
        Loss(True, "the SYN comes again after the SYN-ACK, which therefore does not arrive")
        if late
        else None
    )


def _hole(conversation: Conversation) -> Loss | None:
    """Did later data arrive, and what should come before it never?"""
    for reverse, got, acknowledged, view in _directions(conversation):
        if gap(conversation, got, acknowledged, view.last):
            whose = "server's" if reverse else "client's"
            upto = reach_of(acknowledged) or 0
            first = min(p.seq or 0 for p in got if p.payload and (p.seq or 0) > upto)
            missing = first - upto
            size = missing if missing >= FULL and _smaller(got, missing) else None
            text = f"{missing} bytes of the {whose} data never arrive, though later data does"
            return Loss(reverse, text, size, before=not view.far or reverse)
    return None


def _unacknowledged(conversation: Conversation) -> Loss | None:
    """Is the same data sent again and again?"""
    for reverse, sent, acknowledged, view in _directions(conversation):
        if stuck(conversation, sent, acknowledged, view.last):
            first = _first_unacknowledged(sent, acknowledged)
            after = (packet for packet in acknowledged if packet.time > first.time)
            answered_later = any("S" not in packet.flags for packet in after)
            telling = first.payload >= FULL and (reverse or answered_later)
            whose = "server's" if reverse else "client's"
            text = (
                f"{first.payload} bytes of the {whose} data are sent again and again, and nothing"
                " acknowledges them"
            )
            return Loss(
                reverse if answered_later else None,
                text,
                first.payload if telling else None,
                before=view.far and reverse,
            )
    return None


def _first_unacknowledged(sent: Iterable[Packet], acknowledged: Iterable[Packet]) -> Packet:
    upto = reach_of(acknowledged)
    data = (packet for packet in sent if packet.payload)
    return next(packet for packet in data if upto is None or end_of(packet) > upto)


def _smaller(packets: Iterable[Packet], size: int) -> bool:
    return any(0 < p.payload < min(size, FULL) for p in packets)


@dataclass(frozen=True, slots=True)
class _View:
    """At which end it was seen, and when the capture there ended."""

    far: bool  # at the server's end: what is lost on the way back is lost before the client's
    last: float


def _directions(
    conversation: Conversation,
) -> Iterable[tuple[bool, list[Packet], list[Packet], _View]]:
    """Whose data, and what acknowledges it: as the place next to the client saw them, then that
    next to the server."""
    near, far = _View(False, conversation.last), _View(True, conversation.far_last)
    return (
        (False, conversation.sent, conversation.got, near),
        (True, conversation.got, conversation.sent, near),
        (False, conversation.heard, conversation.answered, far),
        (True, conversation.answered, conversation.heard, far),
    )


_ASKED: tuple[Callable[[Conversation], Loss | None], ...] = (
    _repeated_opening,
    _repeated_answer,
    _hole,
    _unacknowledged,
)
