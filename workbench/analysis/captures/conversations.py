"""How did one connection end, as the packets at its two ends show?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.observations import loosely
from workbench.analysis.captures.pace import MARGIN, UNMEASURED, Pace
from workbench.analysis.captures.time_spans import Span, at
from workbench.analysis.case.findings import ConnState, Use

TIMES = 3  # as often is no chance
IDLE = 1.0  # seconds between two keep-alives, at least
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
    told: bool = False
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
        answered = next((packet.time for packet in self.got if "S" in packet.flags), float("inf"))
        asked = [
            packet.time for packet in self.sent if "S" in packet.flags and packet.time < answered
        ]
        return 1 + sum(later - sooner >= SOONEST for sooner, later in pairwise(asked))

    def until(self, moment: float) -> float:
        """When did the capture end that ran then?"""
        found = at(self.ran, moment)
        return found.until if found is not None and self.told else self.last


def ending(conversation: Conversation) -> ConnState:
    """How did the connection go?"""
    if conversation.flow.protocol is not Protocol.TCP:
        return ConnState.OPEN if conversation.part else _exchange(conversation)
    if conversation.part:
        return _of_a_part(conversation)
    opened = any("S" in packet.flags for packet in conversation.sent)
    accepted = any("S" in packet.flags for packet in conversation.got)
    if opened and not accepted:
        return ConnState.OPEN if _answered_elsewhere(conversation) else _unaccepted(conversation)
    if accepted and _by_a_proxy(conversation):
        return _of_the_server(conversation)
    if accepted and not _completed(conversation):
        return _unfinished(conversation)
    return _established(conversation)


def _of_a_part(conversation: Conversation) -> ConnState:
    """Only what one side sends again and again tells that it misses something."""
    asked, answered = insisted(conversation.sent), insisted(conversation.got)
    if asked is not None and "S" in asked.flags:
        return ConnState.NO_ANSWER
    if answered is not None and "S" in answered.flags:
        return ConnState.HALF_OPEN
    if asked is not None or answered is not None:
        return ConnState.STALLED
    return ConnState.WORKED if _fed(conversation) else ConnState.OPEN


def _fed(conversation: Conversation) -> bool:
    """Does the client, the only one that was shown, ask, and acknowledge more and more of what it
    gets?"""
    acks = [p.ack for p in conversation.sent if p.ack is not None and not {"S", "R"} & set(p.flags)]
    asks = any(packet.payload for packet in conversation.sent)
    # a text may count anew after the first
    more = any(after - before > 1 for before, after in pairwise(acks))
    return not conversation.got and asks and more and not _has("R", conversation.sent)


def insisted(packets: Iterable[Packet]) -> Packet | None:
    """What a side sent three times in a row at the end, each time after TCP's shortest timeout, and
    nothing new."""
    asking = [p for p in packets if p.seq is not None and (p.payload or "S" in p.flags)][-TIMES:]
    alike = len({(p.seq, "S" in p.flags) for p in asking}) == 1
    waited = all(later.time - p.time >= SOONEST for p, later in pairwise(asking))
    return asking[-1] if len(asking) == TIMES and alike and waited else None


def _unfinished(conversation: Conversation) -> ConnState:
    """The handshake did not complete: it failed, or who asked only wanted to know whether somebody
    answers."""
    reset = _closed_at_once(conversation)
    if reset is None:
        return ConnState.HALF_OPEN
    watched = conversation.until(reset.time) - reset.time >= max(
        conversation.pace.patience, UNMEASURED
    )
    return ConnState.WORKED if watched else ConnState.OPEN


def _closed_at_once(conversation: Conversation) -> Packet | None:
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


def _by_a_proxy(conversation: Conversation) -> bool:
    """Did the client get a SYN-ACK that the server, asked later, never sent? Then it says nothing
    of the server."""
    asked = any(packet.control == "S" for packet in conversation.heard)
    return (
        conversation.server_watched
        and asked
        and not any("S" in packet.flags for packet in conversation.answered)
    )


def _of_the_server(conversation: Conversation) -> ConnState:
    """What the server did with the handshake that a proxy made with it."""
    if _has("R", conversation.answered):
        return ConnState.REFUSED
    asked = [packet for packet in conversation.sent if "S" in packet.flags]
    return ConnState.NO_ANSWER if _waited(conversation, asked) else ConnState.OPEN


def _exchange(conversation: Conversation) -> ConnState:
    if not conversation.got:
        return ConnState.NO_ANSWER if _waited(conversation, conversation.sent) else ConnState.OPEN
    latest = conversation.got[-1].time
    later = [packet for packet in conversation.sent if packet.time > latest]
    unanswered = [
        packet for packet in later if conversation.last - packet.time >= conversation.pace.patience
    ]
    return ConnState.STALLED if len(unanswered) > 1 else ConnState.WORKED


def _waited(conversation: Conversation, sent: list[Packet]) -> bool:
    """Had an answer had its time? Where nobody knows when the capture ended, what was sent again
    says so."""
    overdue = (
        bool(sent) and conversation.until(sent[0].time) - sent[0].time >= conversation.pace.patience
    )
    return overdue or (len(sent) > 1 and not conversation.told)


def unanswered(conversation: Conversation) -> Iterator[Packet]:
    """Of a client that asks and waits, again and again: the questions that nothing came back
    for."""
    ends = [*(packet.time for packet in conversation.sent[1:]), conversation.last]
    for packet, next_one in zip(conversation.sent, ends, strict=True):
        end = min(next_one, conversation.until(packet.time))
        answered = any(packet.time <= other.time <= end for other in conversation.got)
        if end - packet.time >= conversation.pace.patience and not answered:
            yield packet


def _answered_elsewhere(conversation: Conversation) -> bool:
    """Does the client acknowledge what was never seen to come? Then this point sees one direction
    only."""
    return any(
        "." in packet.flags and not {"S", "R"} & set(packet.flags) for packet in conversation.sent
    )


def _unaccepted(conversation: Conversation) -> ConnState:
    if any("R" in packet.flags for packet in conversation.got):
        return ConnState.REFUSED
    opens = [packet for packet in conversation.sent if "S" in packet.flags]
    if conversation.answered:
        return (
            ConnState.HALF_OPEN
            if not conversation.told or _waited(conversation, _heard(conversation, opens))
            else ConnState.OPEN
        )
    if not conversation.given_up and conversation.tries < conversation.usual:
        return ConnState.OPEN  # the others were not answered before, either
    waited = conversation.given_up or _waited(conversation, opens)
    return ConnState.NO_ANSWER if waited else ConnState.OPEN


def _heard(conversation: Conversation, opens: list[Packet]) -> list[Packet]:
    """Of what opens it, the packets that came to the server: only from then on can an answer be
    awaited."""
    came = {loosely(packet) for packet in conversation.heard}
    return [packet for packet in opens if loosely(packet) in came] or opens


def _completed(conversation: Conversation) -> bool:
    """Did the client acknowledge the SYN-ACK, and the server hear of it?"""
    accepts = [packet for packet in conversation.got if "S" in packet.flags]
    acks = [
        packet
        for packet in conversation.sent
        if "." in packet.flags and not {"S", "R"} & set(packet.flags)
    ]
    if not acks:
        coming = conversation.until(accepts[0].time) - accepts[0].time < conversation.pace.patience
        return coming and not _has("R", conversation.sent)
    if any("S" not in packet.flags and "R" not in packet.flags for packet in conversation.got):
        return True
    if (
        conversation.told
        and conversation.until(acks[0].time) - acks[0].time < conversation.pace.patience
    ):
        return True  # it may be on its way
    if conversation.server_watched and conversation.heard:
        return any(not {"S", "R"} & set(packet.flags) for packet in conversation.heard)
    return not any(packet.time - acks[0].time > conversation.pace.one_way for packet in accepts)


def _established(conversation: Conversation) -> ConnState:
    if _hangs(conversation):
        return ConnState.STALLED
    if hung_up(conversation):
        return ConnState.HUNG_UP
    if _broken_off(conversation):
        return ConnState.RESET
    if _cut_off(conversation):
        return ConnState.CUT_OFF
    answered = any(p.payload for p in conversation.sent) and any(
        p.payload for p in conversation.got
    )
    gave_up = _has("R", conversation.sent) and not answered and not _has("F", conversation.got)
    if gave_up and _probed_in_vain(conversation):
        return ConnState.NO_ANSWER
    if gave_up and (conversation.start is None or any(p.payload for p in conversation.sent)):
        return ConnState.UNANSWERED if _in_vain(conversation) else ConnState.OPEN
    if not conversation.got:
        waited = len(conversation.sent) > 1 and _waited(conversation, conversation.sent)
        return ConnState.NO_ANSWER if waited or _left_alone(conversation) else ConnState.OPEN
    return ConnState.WORKED


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
            and not _has("R", conversation.answered)
        )
    ):
        return False
    between = [packet for packet in conversation.sent if closed.time < packet.time <= reset.time]
    later = [packet for packet in between if packet.payload and packet.time - closed.time > MARGIN]
    return bool(later) and not _has("F", (p for p in conversation.sent if p.time <= reset.time))


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


def _in_vain(conversation: Conversation) -> bool:
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
    return _end(asked[-1]) <= upto and resets[0].time - asked[-1].time >= conversation.pace.patience


def _probed_in_vain(conversation: Conversation) -> bool:
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
    return len(probes) == TIMES and empty and alike and apart and _has("R", end)


def _left_alone(conversation: Conversation) -> bool:
    """Is this the last that a sender tried, of data that nobody acknowledged long after?"""
    return any(
        packet.payload and conversation.last - packet.time >= 2 * conversation.pace.patience
        for packet in conversation.sent
    )


def _hangs(conversation: Conversation) -> bool:
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


def _has(flag: str, packets: Iterable[Packet]) -> bool:
    return any(flag in packet.flags for packet in packets)


def _broken_off(conversation: Conversation) -> bool:
    """Did a RST cut the connection that neither end had finished with?"""
    if _cut_by_a_stranger(conversation):
        return True
    if not _has("R", conversation.got):
        return False
    if conversation.server_watched and conversation.heard:
        return _refused_data(conversation) or not _has("R", conversation.answered)
    answered = any(p.payload for p in conversation.sent) and any(
        p.payload for p in conversation.got
    )
    return _refused_data(conversation) or not (
        answered or _has("F", (*conversation.sent, *conversation.got))
    )


def _cut_off(conversation: Conversation) -> bool:
    """Did the server's own RST come in place of the answer, to a client that had asked and not
    closed?"""
    reset = next((packet for packet in conversation.got if "R" in packet.flags), None)
    if (
        reset is None
        or not _has("R", conversation.answered)
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
    if not conversation.server_watched or _has("F", conversation.got):
        return False
    sent = {packet.seq for packet in conversation.sent if "R" in packet.flags}
    foreign = [p for p in conversation.heard if "R" in p.flags and p.seq not in sent]
    data = [p for p in conversation.answered if p.payload and p.seq is not None]
    upto = reach_of(p for p in conversation.heard if "R" not in p.flags)
    return bool(foreign and data) and (upto is None or _end(data[-1]) > upto)


def _refused_data(conversation: Conversation) -> bool:
    """Was the RST the answer to data, sent to a side that had not finished?"""
    upto = reach_of(p for p in conversation.got if "R" not in p.flags)
    data = [p for p in conversation.sent if p.payload and p.seq is not None]
    return (
        bool(data) and not _has("F", conversation.got) and (upto is None or _end(data[-1]) > upto)
    )


def stuck(
    conversation: Conversation, sent: Iterable[Packet], acknowledged: Iterable[Packet], last: float
) -> bool:
    """Was the first byte that nobody acknowledges sent again and again, while an acknowledgement
    had its time?"""
    data = [packet for packet in sent if packet.payload and packet.seq is not None]
    upto = reach_of(acknowledged)
    open_ends = [packet for packet in data if upto is None or _end(packet) > upto]
    if not open_ends:
        return False
    wanted = open_ends[0].seq if upto is None else max(upto, data[0].seq or 0)
    times = [
        packet.time for packet in open_ends if (packet.seq or 0) <= (wanted or 0) < _end(packet)
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
    if any(p.seq is not None and p.seq <= upto < _end(p) for p in got):
        return False
    return any(packet.ack == upto and packet.time >= behind[0].time for packet in acks)


def _long(conversation: Conversation, since: float, last: float) -> bool:
    """Long enough for it to have come? A text without times holds what somebody waited for."""
    return last - since >= conversation.pace.patience or last == 0.0


def used(conversation: Conversation) -> Use:
    """How much of an exchange did a connection that worked show?"""
    if conversation.flow.protocol is not Protocol.TCP:
        return Use.USED
    asked, answered = (
        any(p.payload for p in side) for side in (conversation.sent, conversation.got)
    )
    if _has("R", conversation.got) and not answered:
        return Use.BROKEN_OFF
    if conversation.part and _fed(conversation):
        return Use.USED
    there, back = (
        _taken(conversation.sent, conversation.got),
        _taken(conversation.got, conversation.sent),
    )
    closed = _has("F", conversation.sent) and _has("F", conversation.got)
    if (there and back) or (closed and (answered or not asked)):
        return Use.USED
    if there:
        return Use.WAITING
    if back:
        return Use.CARRIED
    if conversation.start is None:
        return Use.IDLE
    if _closed_at_once(conversation) is not None:
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
        p.payload and p.seq is not None and _end(p) <= upto for p in sent
    )


def reach_of(packets: Iterable[Packet]) -> int | None:
    """Up to which byte do these packets acknowledge?"""
    return max((packet.ack for packet in packets if packet.ack is not None), default=None)


def _end(packet: Packet) -> int:
    return (packet.seq or 0) + packet.payload
