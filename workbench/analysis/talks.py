"""How did one connection end, as the packets at its two ends show?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.findings import AttemptEnd

PATIENCE = 0.5  # seconds in which an answer would have come


@dataclass
class Talk:
    """One connection as the client and the server saw it."""

    flow: Flow
    start: int | None = None  # sequence number of its SYN: the next connection may have the same ports
    sent: list[Packet] = field(default_factory=list)  # by the client, seen there
    got: list[Packet] = field(default_factory=list)
    heard: list[Packet] = field(default_factory=list)  # by the server, seen there
    answered: list[Packet] = field(default_factory=list)
    server_watched: bool = False
    last: float = 0.0  # the end of the window
    given_up: bool = False  # the client tried again with the same ports


def ending(talk: Talk) -> AttemptEnd:
    """How did the connection go?"""
    if talk.flow.protocol is not Protocol.TCP:
        return _exchange(talk)
    opened = any("S" in packet.flags for packet in talk.sent)
    accepted = any("S" in packet.flags for packet in talk.got)
    if opened and not accepted:
        return _unaccepted(talk)
    if accepted and not _completed(talk):
        return AttemptEnd.HALF_OPEN
    return _established(talk)


def _exchange(talk: Talk) -> AttemptEnd:
    if not talk.got:
        waited = talk.sent and (len(talk.sent) > 1 or talk.last - talk.sent[0].time >= PATIENCE)
        return AttemptEnd.NO_ANSWER if waited else AttemptEnd.OPEN
    latest = talk.got[-1].time
    unanswered = [packet for packet in talk.sent if packet.time > latest and talk.last - packet.time >= PATIENCE]
    return AttemptEnd.STALLED if len(unanswered) > 1 else AttemptEnd.WORKED


def unanswered(talk: Talk) -> Iterator[Packet]:
    """Of a client that asks and waits, again and again: the questions that nothing came back for."""
    ends = [*(packet.time for packet in talk.sent[1:]), talk.last]
    for packet, end in zip(talk.sent, ends, strict=True):
        answered = any(packet.time <= other.time <= end for other in talk.got)
        if end - packet.time >= PATIENCE and not answered:
            yield packet


def _unaccepted(talk: Talk) -> AttemptEnd:
    if any("R" in packet.flags for packet in talk.got):
        return AttemptEnd.REFUSED
    if talk.answered:
        return AttemptEnd.HALF_OPEN
    opens = [packet for packet in talk.sent if "S" in packet.flags]
    waited = talk.given_up or len(opens) > 1 or talk.last - opens[0].time >= PATIENCE
    return AttemptEnd.NO_ANSWER if waited else AttemptEnd.OPEN


def _completed(talk: Talk) -> bool:
    """Did the client acknowledge the SYN-ACK, and the server hear of it?"""
    accepts = [packet for packet in talk.got if "S" in packet.flags]
    acks = [packet for packet in talk.sent if "." in packet.flags and not {"S", "R"} & set(packet.flags)]
    if not acks:
        return talk.last - accepts[0].time < PATIENCE and "R" not in "".join(packet.flags for packet in talk.sent)
    if any("S" not in packet.flags and "R" not in packet.flags for packet in talk.got):
        return True
    if talk.server_watched and talk.heard:
        return any(not {"S", "R"} & set(packet.flags) for packet in talk.heard)
    return len(accepts) < 2


def _established(talk: Talk) -> AttemptEnd:
    if stuck(talk.sent, talk.got, talk.last) or stuck(talk.answered, talk.heard, talk.last):
        return AttemptEnd.STALLED
    if _ended_by_service(talk):
        return AttemptEnd.WORKED
    both_ways = any(p.payload for p in talk.sent) and any(p.payload for p in talk.got)
    closed = any("F" in packet.flags for packet in (*talk.sent, *talk.got))
    if any("R" in packet.flags for packet in talk.got) and not (both_ways or closed):
        return AttemptEnd.RESET
    if talk.start is None and not both_ways and any("R" in packet.flags for packet in talk.sent):
        return AttemptEnd.OPEN
    if not talk.got:
        return AttemptEnd.NO_ANSWER if len(talk.sent) > 1 else AttemptEnd.OPEN
    return AttemptEnd.WORKED


def _ended_by_service(talk: Talk) -> bool:
    """Did the server itself send the reset, after it got the client's ACK? Then the network did what it should."""
    heard = [p.time for p in talk.heard if not {"S", "R"} & set(p.flags) and "." in p.flags]
    return bool(heard) and any("R" in p.flags and p.time >= min(heard) for p in talk.answered)


def stuck(sent: Iterable[Packet], acknowledged: Iterable[Packet], last: float) -> bool:
    """Was data sent again and again without an acknowledgement until the end of the window?"""
    data = [packet for packet in sent if packet.payload and packet.seq is not None]
    upto = max((packet.ack for packet in acknowledged if packet.ack is not None), default=None)
    open_ends = [packet for packet in data if upto is None or _end(packet) > upto]
    if not open_ends:
        return False
    first = open_ends[0]
    times = [packet.time for packet in open_ends if packet.seq == first.seq]
    return len(times) > 1 and last - times[0] >= PATIENCE


def _end(packet: Packet) -> int:
    return (packet.seq or 0) + packet.payload
