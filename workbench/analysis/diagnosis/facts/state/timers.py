"""How long does a device remember a session after its last packet?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Session, SessionEvent
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.diagnosis.context import Context

_OPENED = {
    Protocol.UDP: (Knob.TIMEOUT_UDP, 30),
    Protocol.TCP: (Knob.TIMEOUT_TCP, 432000),
    Protocol.ICMP: (Knob.TIMEOUT_ICMP, 30),
}  # Linux's own numbers (nf_conntrack-sysctl.rst)
_HALF_CLOSED = (Knob.TIMEOUT_TCP_HALF_CLOSED, 60)
# its word for a connection of which one side sent a FIN that the other acknowledged
_HALF = "CLOSE_WAIT"


@dataclass(frozen=True, slots=True)
class Timer:
    """Seconds that a session outlives its last packet; `knob` = what sets them, where no rule
    does."""

    seconds: int
    usual: int
    knob: Knob | None
    setting: DeviceSetting | None  # as the device reported it, where that is the one
    evidence: tuple[str, ...]
    half: bool = False  # of a connection that one side has closed

    @property
    def session(self) -> str:
        """Of which sessions is it?"""
        return "half-closed session" if self.half else "session"

    @property
    def words(self) -> str:
        """For the middle of a sentence."""
        source = f" ({self.setting.name})" if self.setting else ""
        return f"{self.seconds} s after its last packet{source}"


def timer(context: Context, device: str, flow: Flow) -> Timer | None:
    """What does the device say of sessions like this: by the events of its own, else by its
    setting? None = nothing."""
    knob, usual = _OPENED[flow.protocol]
    version = flow.version if flow.protocol is Protocol.ICMP else None
    given = _given(context, device, flow) if flow.protocol is not Protocol.TCP else None
    return _timer(context, device, (knob, version), usual, given)


def half_closed(context: Context, device: str, flow: Flow) -> Timer | None:
    """The same of a connection that one side has closed and the other has not: it is remembered for
    less long."""
    knob, usual = _HALF_CLOSED
    since = _since(context, device, flow, _HALF)
    found = _timer(context, device, (knob, None), usual, since)
    return replace(found, half=True) if found is not None else None


def _timer(
    context: Context,
    device: str,
    which: tuple[Knob, int | None],
    usual: int,
    given: tuple[int, str] | None,
) -> Timer | None:
    knob, version = which
    setting = context.case.setting(device, knob, version=version)
    set_to = setting.value if setting is not None and isinstance(setting.value, int) else None
    if given is not None:
        seconds, evidence = given
        if set_to not in (None, seconds):  # a rule gave it a time of its own
            return Timer(seconds, usual, None, None, (evidence,))
        return Timer(seconds, usual, knob, setting, (evidence,))
    if set_to is not None:
        proof = context.evidence(device, Question.SETTINGS)
        return Timer(set_to, usual, knob, setting, proof)
    return None


def _given(context: Context, device: str, flow: Flow) -> tuple[int, str] | None:
    """The time that a session of this flow had left when it was made."""
    for event, item in _events(context, device):
        seconds = event.session.timeout
        if event.event != "NEW" or seconds is None:
            continue
        if flow in _tuples(event.session):
            return seconds, item
    return None


def _since(context: Context, device: str, flow: Flow, state: str) -> tuple[int, str] | None:
    """The time that a session of this service, from whatever port, had left when it came into that
    state."""
    service = (flow.dst, flow.dport)
    for event, item in _events(context, device):
        session = event.session
        changed = event.event == "UPDATE" and session.state == state
        if not changed or session.timeout is None:
            continue
        if service in {(one.dst, one.dport) for one in _tuples(session)}:
            return session.timeout, item
    return None


def _events(context: Context, device: str) -> Iterator[tuple[SessionEvent, str]]:
    for item in context.case.answers(device, Question.SESSION_EVENTS):
        for event in item.of(SessionEvent):
            yield event, item.id


def _tuples(session: Session) -> tuple[Flow, Flow]:
    """As its first packet came in, and as it went out."""
    return session.original, session.reply.reversed()
