"""One connection, as the client and the server saw it in their captures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.pace import Pace
from workbench.analysis.captures.time_spans import Span, at

TIMES = 3  # as often is no chance
SOONEST = 0.2  # seconds after which TCP sends something again, at least


@dataclass
class Conversation:
    """One connection as the client and the server saw it."""

    flow: Flow
    # sequence number of its SYN: the next connection may have the same ports
    start: int | None = None
    sent: list[Packet] = field(default_factory=list)  # by the client, seen there
    got: list[Packet] = field(default_factory=list)
    heard: list[Packet] = field(default_factory=list)  # by the server, seen there
    answered: list[Packet] = field(default_factory=list)
    server_watched: bool = False
    last: float = 0.0  # the end of the window at the client
    far_last: float = 0.0  # and at the server, by its own clock
    # is it known when the captures ended? Else they go on at least to their last packets
    end_known: bool = False
    pace: Pace = Pace()
    given_up: bool = False  # the client tried again with the same ports
    # a filter left packets out, or it began before the capture: what is not there says nothing
    part: bool = False
    ran: tuple[Span, ...] = ()  # when the capture at the client did
    # how often the client's others had to ask, most of all but one, until they were answered
    usual: int = 1

    @property
    def tries(self) -> int:
        """How often did the client send what opens it, until the answer came?"""
        opens = with_flag("S", self.sent)
        answer = first_with("S", self.got)
        if answer is not None:
            opens = [packet for packet in opens if packet.time < answer.time]
        waits = (later.time - sooner.time for sooner, later in pairwise(opens))
        return 1 + sum(wait >= SOONEST for wait in waits)

    def until(self, moment: float) -> float:
        """When did the capture end that ran then?"""
        if not self.end_known:
            return self.last
        found = at(self.ran, moment)
        return found.until if found is not None else self.last


def unanswered(conversation: Conversation) -> Iterator[Packet]:
    """Of a client that asks and waits, again and again: the questions that nothing came back
    for."""
    ends = [*(packet.time for packet in conversation.sent[1:]), conversation.last]
    for packet, next_one in zip(conversation.sent, ends, strict=True):
        since, until = packet.time, min(next_one, conversation.until(packet.time))
        if until - since < conversation.pace.patience:
            continue
        if not any(since <= answer.time <= until for answer in conversation.got):
            yield packet


def has_flag(flag: str, packets: Iterable[Packet]) -> bool:
    """Does any of these packets carry that flag?"""
    return any(flag in packet.flags for packet in packets)


def with_flag(flag: str, packets: Iterable[Packet]) -> list[Packet]:
    """Those of these packets that carry that flag."""
    return [packet for packet in packets if flag in packet.flags]


def first_with(flag: str, packets: Iterable[Packet]) -> Packet | None:
    """The first of these packets that carries that flag."""
    return next((packet for packet in packets if flag in packet.flags), None)


def has_data(packets: Iterable[Packet]) -> bool:
    """Does any of these packets carry data?"""
    return any(packet.payload for packet in packets)


def data_of(packets: Iterable[Packet]) -> list[Packet]:
    """Those of these packets that carry data of a known place in the stream."""
    return [packet for packet in packets if packet.payload and packet.seq is not None]


def continues(packet: Packet) -> bool:
    """Does the packet belong to a connection that stands: neither a SYN nor a RST?"""
    return not {"S", "R"} & set(packet.flags)


def start_of(packet: Packet) -> int:
    """The first byte that this packet carries."""
    return packet.seq or 0


def reach_of(packets: Iterable[Packet]) -> int | None:
    """Up to which byte do these packets acknowledge?"""
    upto: int | None = None
    for packet in packets:
        ack = packet.ack
        if ack is None:
            continue
        if upto is None or ack > upto:
            upto = ack
    return upto


def end_of(packet: Packet) -> int:
    """The first byte after those that this packet carries."""
    return start_of(packet) + packet.payload
