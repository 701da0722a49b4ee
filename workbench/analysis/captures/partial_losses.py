"""What does a connection that fails show of its loss, where only some of its packets were seen?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collectors.model.flow import Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.conversations import (
    Conversation,
    continues,
    end_of,
    first_with,
    reach_of,
    start_of,
    with_flag,
)
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
    for ask in _ASKED:
        found = ask(conversation)
        if found is not None:
            return found
    return None


def _insisted(conversation: Conversation) -> Loss | None:
    """One side sends the same again and again; what the other side sent was not shown."""
    if insisted(conversation.got) is not None:
        what = "SYN-ACKs" if "S" in conversation.got[-1].flags else "data"
        text = f"the server sends its {what} again and again, as if nothing acknowledged them"
        return Loss(None, text)
    if insisted(conversation.sent) is not None:
        what = "SYNs" if "S" in conversation.sent[-1].flags else "data"
        text = f"the client sends its {what} again and again, as if nothing answered them"
        return Loss(None, text)
    return None


def _acknowledges(packet: Packet) -> bool:
    return "." in packet.flags and continues(packet)


def _repeated_answer(conversation: Conversation) -> Loss | None:
    """Does the SYN-ACK come again after the client's ACK?"""
    ack = next(filter(_acknowledges, conversation.sent), None)
    answers = with_flag("S", conversation.got)
    if ack is None or len(answers) < 2:
        return None
    if len({packet.seq for packet in answers}) > 1:
        return None
    if conversation.last and answers[-1].time - ack.time <= conversation.pace.one_way:
        return None  # it was sent before the ACK could come
    return Loss(
        False,
        "the SYN-ACK comes again and again after the client's ACK, which therefore does not arrive",
    )


def _repeated_opening(conversation: Conversation) -> Loss | None:
    """Does the SYN come again after the SYN-ACK passed, and no ACK ever?"""
    asks, answer = conversation.sent, first_with("S", conversation.got)
    if answer is None or not _are_one_syn(asks):
        return None
    latest = max(packet.time for packet in asks)
    if latest - answer.time <= conversation.pace.one_way:
        return None
    return Loss(True, "the SYN comes again after the SYN-ACK, which therefore does not arrive")


def _are_one_syn(packets: list[Packet]) -> bool:
    """Is it the same SYN again and again, and nothing else?"""
    if any("S" not in packet.flags for packet in packets):
        return False
    return len({packet.seq for packet in packets}) == 1


def _hole(conversation: Conversation) -> Loss | None:
    """Did later data arrive, and what should come before it never?"""
    for reverse, got, acknowledged, view in _directions(conversation):
        if gap(conversation, got, acknowledged, view.last):
            missing = _missing(got, reach_of(acknowledged) or 0)
            size = missing if _too_large(missing, got) else None
            text = (
                f"{missing} bytes of the {_whose(reverse)} data never arrive, though later data"
                " does"
            )
            return Loss(reverse, text, size, before=not view.far or reverse)
    return None


def _missing(got: Iterable[Packet], upto: int) -> int:
    """How many bytes lie between what was acknowledged and the data behind the hole?"""
    data = (packet for packet in got if packet.payload)
    return min(start for start in map(start_of, data) if start > upto) - upto


def _whose(reverse: bool) -> str:
    return "server's" if reverse else "client's"


def _unacknowledged(conversation: Conversation) -> Loss | None:
    """Is the same data sent again and again?"""
    for reverse, sent, acknowledged, view in _directions(conversation):
        if stuck(conversation, sent, acknowledged, view.last):
            return _sent_again(reverse, sent, acknowledged, view)
    return None


def _sent_again(reverse: bool, sent: list[Packet], acknowledged: list[Packet], view: _View) -> Loss:
    first = _first_unacknowledged(sent, acknowledged)
    after = (packet for packet in acknowledged if packet.time > first.time)
    answered_later = any("S" not in packet.flags for packet in after)
    size_tells = first.payload >= FULL and (reverse or answered_later)
    text = (
        f"{first.payload} bytes of the {_whose(reverse)} data are sent again and again, and nothing"
        " acknowledges them"
    )
    return Loss(
        reverse if answered_later else None,
        text,
        first.payload if size_tells else None,
        before=view.far and reverse,
    )


def _first_unacknowledged(sent: Iterable[Packet], acknowledged: Iterable[Packet]) -> Packet:
    upto = reach_of(acknowledged)
    data = (packet for packet in sent if packet.payload)
    if upto is None:
        return next(data)
    return next(packet for packet in data if end_of(packet) > upto)


def _too_large(size: int, got: Iterable[Packet]) -> bool:
    """Is it as much as a full segment carries, where smaller ones arrive?"""
    return size >= FULL and any(0 < packet.payload < FULL for packet in got)


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
