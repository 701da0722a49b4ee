"""What the devices' state tables hold about this very flow."""

from __future__ import annotations

from collections.abc import Iterator
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
        if not self.asked or self.answered:
            return False
        return any(map(_waiting, self.sessions))

    @property
    def answered(self) -> bool:
        """Did it see both directions?"""
        return any(map(_answered, self.sessions))

    @property
    def established(self) -> bool:
        """Does it hold an established, assured session?"""
        return any(map(_established, self.sessions))


def _waiting(session: Session) -> bool:
    return session.unreplied or session.state in ("SYN_SENT", "SYN_SENT2")


def _answered(session: Session) -> bool:
    return not session.unreplied and not _waiting(session)


def _established(session: Session) -> bool:
    stands = session.assured or session.state == "ESTABLISHED"
    return stands and not session.unreplied


def held(case: Case, device: str, flows: tuple[Flow, ...]) -> Held:
    """What does that device's state table hold about the flow, begun by the client's side?"""
    items = (
        *case.usable(device, Question.SESSIONS),
        *case.usable(device, Question.SESSION_EVENTS),
    )
    found = [one for one in _entries(case, device) if _is_of_any(one[0], flows)]
    proof = [number for _, number in found] or [item.id for item in items]
    return Held(
        device,
        asked=bool(items) and all(item.whole for item in items),
        sessions=tuple(session for session, _ in found),
        evidence=tuple(dict.fromkeys(proof)),
    )


def _entries(case: Case, device: str) -> Iterator[tuple[Session, str]]:
    """Every entry of its table, and those of its events, each with the number of the answer."""
    for item in case.usable(device, Question.SESSIONS):
        yield from ((session, item.id) for session in item.of(Session))
    for item in case.usable(device, Question.SESSION_EVENTS):
        yield from ((event.session, item.id) for event in item.of(SessionEvent))


def _is_of_any(session: Session, flows: tuple[Flow, ...]) -> bool:
    return any(_is_of(session, flow) for flow in flows)


def _is_of(session: Session, flow: Flow) -> bool:
    return flow.covers(session.original) or flow.covers(session.reply.reversed())
