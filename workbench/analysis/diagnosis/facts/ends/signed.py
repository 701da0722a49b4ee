"""Does the server throw segments away that are not signed (TCP-MD5, TCP-AO), or not as young, as
its socket wants?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.evidence.counter_deltas import counter_moved

# what the segment lacked
_WANTED = {
    CounterMeaning.TTL_TOO_SMALL: "with a smaller time to live (TTL) than its socket takes (TTL security, as of BGP)",
    CounterMeaning.MD5_MISSING: "without the TCP-MD5 signature that its socket wants",
    CounterMeaning.MD5_WRONG: "with a wrong TCP-MD5 signature",
    CounterMeaning.MD5_UNEXPECTED: "with a TCP-MD5 signature that its socket does not know",
    CounterMeaning.AO_MISSING: "without the TCP-AO signature that its socket wants",
    CounterMeaning.AO_WRONG: "with a wrong TCP-AO signature",
    CounterMeaning.AO_KEY_UNKNOWN: "with a TCP-AO key that its socket does not know",
}


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Segments that the server got and threw away for their signature, or for their age."""

    server: str
    drop: Drop
    amount: int
    lacks: str
    counter: str  # as the server calls it
    evidence: tuple[str, ...]
    meaning: CounterMeaning

    @property
    def aged(self) -> bool:
        """Was it their age, and no signature?"""
        return self.meaning is CounterMeaning.TTL_TOO_SMALL

    @property
    def text(self) -> str:
        """In words."""
        return (
            f"{self.server} discarded {some(self.amount, 'segment')} {self.lacks} ({self.counter})"
        )


def unsigned(context: Context) -> Unsigned | None:
    """Do the flow's segments reach the server unanswered, while it counts what is not as it should
    be?"""
    if context.server is None or not context.tcp:
        return None
    at_server = [one for one in context.drops(reverse=False) if one.node == context.server]
    if not at_server:
        return None
    for meaning, lacks in _WANTED.items():
        moved = counter_moved(context.case, context.server, meaning)
        if moved is not None and moved.amount > 0:
            return Unsigned(
                context.server,
                at_server[0],
                moved.amount,
                lacks,
                moved.name,
                moved.evidence,
                meaning,
            )
    return None
