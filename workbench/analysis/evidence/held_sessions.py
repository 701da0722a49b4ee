"""What the devices' state tables hold about this very flow."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Session, SessionEvent
from workbench.analysis.case.case import Case


@dataclass(frozen=True, slots=True)
class Held:
    """What one device's table said of the flow during the run. `sessions` empty and `asked` = it
    holds none.

    `asked` is false as well where one of its answers was cut: the flow may stand in what is not
    there.
    """

    device: str
    asked: bool
    sessions: tuple[Session, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Was it asked, and held nothing?"""
        return self.asked and not self.sessions

    @property
    def half_open(self) -> bool:
        """Does it wait for an answer that it never saw?"""
        return self.asked and any(_waiting(s) for s in self.sessions) and not self.answered

    @property
    def answered(self) -> bool:
        """Did it see both directions?"""
        return any(not s.unreplied and not _waiting(s) for s in self.sessions)

    @property
    def established(self) -> bool:
        """Does it hold an established, assured session?"""
        return any(s.assured or s.state == "ESTABLISHED" for s in self.sessions if not s.unreplied)


def _waiting(session: Session) -> bool:
    return session.unreplied or session.state in ("SYN_SENT", "SYN_SENT2")


def held(case: Case, device: str, flows: tuple[Flow, ...]) -> Held:
    """What does that device's state table hold about the flow, begun by the client's side?"""
    answers = case.usable(device, Question.SESSIONS)
    events = case.usable(device, Question.SESSION_EVENTS)
    every = [(one, item.id) for item in answers for one in item.of(Session)]
    every += [(one.session, item.id) for item in events for one in item.of(SessionEvent)]
    found = [(session, number) for session, number in every if _about(session, flows)]
    items = (*answers, *events)
    asked = bool(items) and all(item.whole for item in items)
    proof = [number for _, number in found] or [item.id for item in items]
    sessions = tuple(session for session, _ in found)
    return Held(device, asked, sessions, tuple(dict.fromkeys(proof)))


def _about(session: Session, flows: tuple[Flow, ...]) -> bool:
    return any(
        flow.covers(session.original) or flow.covers(session.reply.reversed()) for flow in flows
    )
