"""How long does a device remember a session after its last packet?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Session, SessionEvent
from workbench.analysis.diagnosis.context import Context

_NETFILTER = "net.netfilter.nf_conntrack_"
_OPENED = {
    Protocol.UDP: ("udp_timeout", 30),
    Protocol.TCP: ("tcp_timeout_established", 432000),
    Protocol.ICMP: ("icmp_timeout", 30),
}  # the kernel's own numbers (nf_conntrack-sysctl.rst)
_HALF_CLOSED = ("tcp_timeout_close_wait", 60)
# its word for a connection of which one side sent a FIN that the other acknowledged
_HALF = "CLOSE_WAIT"


@dataclass(frozen=True, slots=True)
class Timer:
    """Seconds that a session outlives its last packet; `setting` = the kernel's key for it, where
    that is the one."""

    seconds: int
    usual: int
    setting: str | None
    evidence: tuple[str, ...]
    half: bool = False  # of a connection that one side has closed

    @property
    def session(self) -> str:
        """Of which sessions is it?"""
        return "half-closed session" if self.half else "session"

    @property
    def words(self) -> str:
        """For the middle of a sentence."""
        source = f" ({self.setting})" if self.setting else ""
        return f"{self.seconds} s after its last packet{source}"


def timer(context: Context, device: str, flow: Flow) -> Timer | None:
    """What does the device say of sessions like this: by the events of its own, else by its
    setting? None = nothing."""
    name, usual = _OPENED[flow.protocol]
    if flow.protocol is Protocol.ICMP and flow.version == 6:
        name = "icmpv6_timeout"
    given = _given(context, device, flow) if flow.protocol is not Protocol.TCP else None
    return _timer(context, device, name, usual, given)


def half_closed(context: Context, device: str, flow: Flow) -> Timer | None:
    """The same of a connection that one side has closed and the other has not: it is remembered for
    less long."""
    found = _timer(context, device, *_HALF_CLOSED, _since(context, device, flow, _HALF))
    return replace(found, half=True) if found is not None else None


def _timer(
    context: Context, device: str, name: str, usual: int, given: tuple[int, str] | None
) -> Timer | None:
    key = _NETFILTER + name
    told = context.case.setting(device, key)
    set_to = int(told) if told is not None and told.isdigit() else None
    if given is not None:
        seconds, evidence = given
        own = set_to in (None, seconds)  # else a rule gave it a time of its own
        return Timer(seconds, usual, key if own else None, (evidence,))
    if set_to is not None:
        return Timer(set_to, usual, key, context.evidence(device, Question.SETTINGS))
    return None


def _given(context: Context, device: str, flow: Flow) -> tuple[int, str] | None:
    """The time that a session of this flow had left when it was made."""
    for event, item in _events(context, device):
        seconds = event.session.timeout
        if event.event == "NEW" and seconds is not None and flow in _tuples(event.session):
            return seconds, item
    return None


def _since(context: Context, device: str, flow: Flow, state: str) -> tuple[int, str] | None:
    """The time that a session of this service, from whatever port, had left when it came into that
    state."""
    for event, item in _events(context, device):
        seconds = event.session.timeout
        alike = any(
            (one.dst, one.dport) == (flow.dst, flow.dport) for one in _tuples(event.session)
        )
        if (
            event.event == "UPDATE"
            and event.session.state == state
            and seconds is not None
            and alike
        ):
            return seconds, item
    return None


def _events(context: Context, device: str) -> Iterator[tuple[SessionEvent, str]]:
    for item in context.case.answers(device, Question.SESSION_EVENTS):
        yield from ((event, item.id) for event in item.of(SessionEvent))


def _tuples(session: Session) -> tuple[Flow, Flow]:
    """As its first packet came in, and as it went out."""
    return session.original, session.reply.reversed()
