"""Does the service accept what reaches it? A socket that listens may still refuse: its queue is
full."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import Counter, Socket
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.case.verdict import Reason
from workbench.analysis.device.own_log import flood
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.listening import Listening
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK
from workbench.analysis.evidence.counter_deltas import counter_moved, counts

HALF = 1.5
_MADE, _HALF_OPEN = CounterMeaning.ACCEPT_QUEUE_FULL, CounterMeaning.REQUEST_QUEUE_FULL
# with the version of IP that a counter is of
_OVERFLOWS = {
    Protocol.TCP: ((_MADE, None), (_HALF_OPEN, None)),
    Protocol.UDP: (
        (CounterMeaning.RECEIVE_BUFFER_FULL, 4),
        (CounterMeaning.RECEIVE_BUFFER_FULL, 6),
    ),
}


def swamped(context: Context, found: Listening) -> Iterator[Reason]:
    """What says that the service takes nothing more: its full queue, and packets dropped for lack
    of room."""
    full = _fullest(found)
    if full is not None:
        yield full
    yield from _overflows(context, found, HALF if full is None else DIRECT)
    yield from _logged_floods(context, found)
    if full is not None:
        yield from _ever_overflowed(context)
    yield from _without_cookies(context, found)


def _without_cookies(context: Context, found: Listening) -> Iterator[Reason]:
    off = _cookies_off(context)
    if off is None or not half_open_full(context, found):
        return
    text = (
        f"SYN cookies are off on {context.server} ({off.words}), so what arrives while that"
        " queue is full is dropped"
    )
    yield Reason(STRONG, text, context.evidence(context.server or "", Question.SETTINGS))


def full_sockets(found: Listening) -> tuple[Socket, ...]:
    """Listeners of the flow for which more connections wait than they let wait (ss: Recv-Q above
    Send-Q)."""
    if found.flow.protocol is not Protocol.TCP:
        return ()
    return tuple(filter(_is_full, found.taking))


def _is_full(listener: Socket) -> bool:
    return listener.state == "LISTEN" and listener.recv_queue > listener.send_queue


def some_full(found: Listening) -> bool:
    """Do several sockets share the port (SO_REUSEPORT), and some of them take no more? Then some
    source ports fail."""
    return 0 < len(full_sockets(found)) < len(found.taking)


def _fullest(found: Listening) -> Reason | None:
    full = full_sockets(found)
    if not full:
        return None
    most = max(full, key=lambda one: one.recv_queue)
    text = (
        f"{most.recv_queue} connections wait for the service to accept them, and it lets"
        f" {most.send_queue} wait"
    )
    if some_full(found):
        share = f"{len(full)} of the {len(found.taking)} sockets that share {found.target}"
        text = f"{share} take no more: {text}; the kernel gives each source port to one of them"
    return Reason(STRONG, text, found.evidence)


def half_open_full(context: Context, found: Listening) -> bool:
    """Is it the queue of half-open connections that is full, where nobody completes what a SYN
    began?"""
    tcp = found.flow.protocol is Protocol.TCP
    if context.server is None or not tcp or full_sockets(found):
        return False
    refused = counter_moved(context.case, context.server, _HALF_OPEN)
    waiting = counter_moved(context.case, context.server, _MADE)
    unaccepted = waiting.amount if waiting is not None else 0
    if refused is None or refused.amount <= unaccepted:
        return False
    return _cookies_off(context) is not None


def _cookies_off(context: Context) -> DeviceSetting | None:
    """The server's setting by which it sends no SYN cookies."""
    found = context.case.setting(context.server or "", Knob.SYN_COOKIES)
    if found is None or found.value is not False:
        return None
    return found


def _overflows(context: Context, found: Listening, weight: float) -> Iterator[Reason]:
    """The counter is of the whole machine: without the full queue it may speak of another
    service."""
    for meaning, version in _OVERFLOWS.get(found.flow.protocol, ()):
        moved = counter_moved(context.case, context.server or "", meaning, version)
        if moved is not None and moved.amount > 0:
            where = " in its queue of half-open connections" if meaning is _HALF_OPEN else ""
            text = f"{context.server} dropped {moved.amount} for lack of room{where} ({moved.name})"
            yield Reason(weight, text, moved.evidence)


def _logged_floods(context: Context, found: Listening) -> Iterator[Reason]:
    if found.flow.protocol is not Protocol.TCP:
        return
    logged = flood(context.case, context.server or "", found.flow.dport)
    if logged is None:
        return
    when = "" if logged.recent else ", at an unknown time"
    text = (
        f"the kernel of {context.server} wrote that it drops requests to port"
        f" {found.flow.dport}{when}"
    )
    yield Reason(STRONG if logged.recent else HALF, text, logged.evidence)


def _ever_overflowed(context: Context) -> Iterator[Reason]:
    """Read once, the counter tells of all the time since the machine began."""
    server = context.server or ""
    item = context.case.answer(server, Question.COUNTERS)
    if item is None or counter_moved(context.case, server, _MADE) is not None:
        return
    counted = [one for one in item.of(Counter) if counts(one, _MADE) and one.value]
    if counted:
        most = max(counted, key=lambda one: one.value)
        text = f"{server} dropped {most.value} for lack of room since it began ({most.name})"
        yield Reason(WEAK, text, (item.id,))


def arrived_unanswered(context: Context) -> Iterator[Reason]:
    """Did the packets reach the server, and nothing came of them?"""
    for drop in context.drops(reverse=False):
        if drop.node == context.server:
            text = f"the {drop.packet} reaches {drop.node} and is not answered"
            yield Reason(WEAK, text, drop.evidence)
            return
    if context.server is None:
        return
    watched = context.case.asked(context.server, Question.CAPTURE)
    if watched and context.saw(context.server, reverse=False) is False:
        yield Reason(-STRONG, f"nothing of the flow reaches {context.server}")
