"""When did a device lose a session: before the first packet that it dropped, and was the connection
closed by then?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow
from collectors.model.records import Packet, Session, SessionEvent
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.captures.observations import fingerprint
from workbench.analysis.captures.time_spans import at, offset, spans
from workbench.analysis.diagnosis.context import Context

NEW, GONE = "NEW", "DESTROY"
# seconds: a session whose time is over is given up when the next packet looks for it
AT_ONCE = 0.02
_AS_IT_CAME = "just as the first packet that it dropped came"
_OVER = frozenset({"TIME_WAIT", "CLOSE", "LAST_ACK"})


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One connection at one device that dropped packets of it. Times by our clock."""

    device: str
    lost: float  # when its first packet was dropped
    closed: bool  # FINs of both sides, or a RST, passed there before
    destroyed: float | None  # when the session went, by the device's own events
    absent: tuple[str, ...]  # looks before that packet which did not find the session
    kept: tuple[str, ...]  # looks that found it while packets were dropped
    evidence: tuple[str, ...] = ()
    idle: float | None = None  # seconds in which nothing of it passed there before
    half: bool = False  # one side had said by its FIN that it sends no more, the other had not

    @property
    def first(self) -> bool:
        """Was the session gone before the first packet was dropped, without anybody having closed
        the connection?"""
        if self.closed or self.kept:
            return False
        return self.destroyed is not None or bool(self.absent)

    @property
    def text(self) -> str:
        """In words, for a reason."""
        lead = f"{self.device} dropped packets of a connection"
        if self.closed:
            return (
                f"{lead} that both ends, or a RST, had closed there before: that it holds no"
                " session is no fault"
            )
        if self.kept:
            return f"{lead} while its table still held the session"
        if self.destroyed is not None:
            early = max(self.lost - self.destroyed, 0.0)
            when = (
                f"{early:.1f} s before it dropped the first packet"
                if early > AT_ONCE
                else _AS_IT_CAME
            )
            return (
                f"{self.device} removed the session {when}, and {self._open} closed the connection"
            )
        return (
            f"{self.device} held no session of the connection before it dropped the first packet"
            " that was seen"
        )

    @property
    def _open(self) -> str:
        """Who had not closed it?"""
        return "only one side had" if self.half else "neither FINs nor a RST had"


@dataclass(frozen=True, slots=True)
class _Pass:
    """One packet at the device."""

    at: float
    packet: Packet
    out: bool
    evidence: str


def forgotten(context: Context, device: str, flows: Iterable[Flow]) -> tuple[Forgotten, ...]:
    """Every connection of these flows of which the device's capture saw packets come in and not go
    out."""
    return tuple(one for flow in dict.fromkeys(flows) for one in _of_flow(context, device, flow))


def _of_flow(context: Context, device: str, flow: Flow) -> Iterator[Forgotten]:
    for passes in _connections(_passes(context, device, flow)):
        lost = _dropped(passes)
        if lost:
            yield _forgotten(context, device, flow, passes, lost)


def _passes(context: Context, device: str, flow: Flow) -> list[_Pass]:
    """Its packets there, by time; none where the capture does not tell in from out."""
    either = (flow, flow.reversed())
    found: list[_Pass] = []
    for place, item, packet, outgoing in captured(context.case):
        if place != device or packet.flow not in either:
            continue
        if outgoing is None:
            return []
        found.append(_Pass(packet.time - item.clock_offset, packet, outgoing, item.id))
    return sorted(found, key=lambda one: one.at)


def _connections(passes: Iterable[_Pass]) -> list[list[_Pass]]:
    """A SYN with another sequence number begins the next connection of the same ports."""
    found: list[list[_Pass]] = []
    start: int | None = None
    for one in passes:
        begins = one.packet.control == "S" and one.packet.seq != start
        start = one.packet.seq if begins else start
        if begins or not found:
            found.append([])
        found[-1].append(one)
    return found


def _dropped(passes: list[_Pass]) -> list[_Pass]:
    """What came in after the handshake and did not go out."""
    left = {fingerprint(one.packet) for one in passes if one.out}
    came = [one for one in passes if not one.out]
    later = [one for one in came if "S" not in one.packet.flags]
    return [one for one in later if fingerprint(one.packet) not in left]


def _forgotten(
    context: Context, device: str, flow: Flow, passes: list[_Pass], lost: list[_Pass]
) -> Forgotten:
    first, last = lost[0].at, lost[-1].at
    began = passes[0].at if "S" in passes[0].packet.flags else 0.0
    begun = list(_events(context, device, flow, NEW))
    gone = [
        then
        for then in _events(context, device, flow, GONE)
        if began <= then <= first + AT_ONCE and not _begun_again(begun, then, first)
    ]
    absent: list[str] = []
    kept: list[str] = []
    for item, there in _looks(context, device, flow):
        if there and first < item.taken_at < last:
            kept.append(item.id)
        if not there and _between(context, device, began, item, first):
            absent.append(item.id)
    before = [one for one in passes if one.at < first and one.out]
    closed, half = _closed(before), len(_finished(before)) == 1
    seen = tuple(dict.fromkeys((*(one.evidence for one in lost), *absent, *kept)))
    idle = first - before[-1].at if before else None
    destroyed = gone[-1] if gone else None
    return Forgotten(device, first, closed, destroyed, tuple(absent), tuple(kept), seen, idle, half)


def _between(context: Context, device: str, began: float, look: Evidence, lost: float) -> bool:
    """Was that look made after the connection began, which a capture that ran by then would have
    seen?"""
    by_our_clock = look.taken_at + offset(context.case, device)
    if at(spans(context.case, device), by_our_clock) is None:
        return False
    return began <= look.taken_at and look.taken_at + look.duration <= lost


def _closed(passed: list[_Pass]) -> bool:
    if len(_finished(passed)) > 1:
        return True
    return any("R" in one.packet.flags for one in passed)


def _finished(passed: list[_Pass]) -> set[Flow | None]:
    """The directions whose sender said that it sends no more."""
    return {one.packet.flow for one in passed if "F" in one.packet.flags}


def _looks(context: Context, device: str, flow: Flow) -> Iterator[tuple[Evidence, bool]]:
    """Every whole look at the table, and whether the connection stood in it."""
    for item in context.case.usable(device, Question.SESSIONS):
        if item.whole:
            yield item, any(_stands(one, flow) for one in item.of(Session))


def _stands(session: Session, flow: Flow) -> bool:
    if session.state in _OVER:
        return False
    return flow in (session.original, session.reply.reversed())


def _begun_again(begun: Iterable[float], gone: float, lost: float) -> bool:
    """Was there a session of the same ports again before the first packet was dropped? Then it was
    an earlier connection whose session went: a SYN takes the place of one that is closed."""
    return any(gone <= then <= lost for then in begun)


def _events(context: Context, device: str, flow: Flow, kind: str) -> Iterator[float]:
    """When, by our clock, did sessions of the flow begin or end, by the device's own events?"""
    for item in context.case.answers(device, Question.SESSION_EVENTS):
        for event in item.of(SessionEvent):
            if event.event != kind or event.time is None:
                continue
            if flow in (event.session.original, event.session.reply.reversed()):
                yield event.time - item.clock_offset
