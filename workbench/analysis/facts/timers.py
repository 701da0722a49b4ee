"""How long does a device remember a session after its last packet?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Session, SessionEvent
from workbench.analysis.facts.scene import Scene

_NETFILTER = "net.netfilter.nf_conntrack_"
_OPENED = {
    Protocol.UDP: ("udp_timeout", 30),
    Protocol.TCP: ("tcp_timeout_established", 432000),
    Protocol.ICMP: ("icmp_timeout", 30),
}  # the kernel's own numbers (nf_conntrack-sysctl.rst)


@dataclass(frozen=True, slots=True)
class Timer:
    """Seconds that a session outlives its last packet; `setting` = the kernel's key for it, where that is the one."""

    seconds: int
    usual: int
    setting: str | None
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """For the middle of a sentence."""
        source = f" ({self.setting})" if self.setting else ""
        return f"{self.seconds} s after its last packet{source}"


def timer(scene: Scene, device: str, flow: Flow) -> Timer | None:
    """What does the device say of sessions like this: by the events of its own, else by its setting? None = nothing."""
    name, usual = _OPENED[flow.protocol]
    if flow.protocol is Protocol.ICMP and flow.version == 6:
        name = "icmpv6_timeout"
    key = _NETFILTER + name
    told = scene.case.setting(device, key)
    set_to = int(told) if told is not None and told.isdigit() else None
    given = _given(scene, device, flow) if flow.protocol is not Protocol.TCP else None
    if given is not None:
        seconds, evidence = given
        own = set_to in (None, seconds)  # else a rule gave it a time of its own
        return Timer(seconds, usual, key if own else None, (evidence,))
    if set_to is not None:
        return Timer(set_to, usual, key, scene.evidence(device, Question.SETTINGS))
    return None


def _given(scene: Scene, device: str, flow: Flow) -> tuple[int, str] | None:
    """The time that a session of this flow had left when it was made."""
    for item in scene.case.answers(device, Question.SESSION_EVENTS):
        for event in item.of(SessionEvent):
            seconds = event.session.timeout
            if event.event == "NEW" and seconds is not None and _same(event.session, flow):
                return seconds, item.id
    return None


def _same(session: Session, flow: Flow) -> bool:
    return flow in (session.original, session.reply.reversed())
