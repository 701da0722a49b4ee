"""Sentences about what one device would be asked, as yet without its command or its own names: its
platform knows them."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.platform import Platform


@dataclass(frozen=True, slots=True)
class RouteLookup:
    """The device's own answer for the route of one packet: what stands before and after the
    command."""

    before: str
    after: str

    def words(self, platform: Platform | None = None) -> str:
        """The sentence; without a command it names the question."""
        command = platform.typed.get(Question.ROUTE_CHOICE, "") if platform else ""
        if command:
            return f"{self.before}`{command}`{self.after}"
        return f"{self.before or 'a '}route lookup{self.after}"


@dataclass(frozen=True, slots=True)
class CounterLookup:
    """A counter of the device: what stands before and after its name."""

    before: str
    meaning: CounterMeaning
    after: str
    version: int | None = None  # of IP

    def words(self, platform: Platform | None = None) -> str:
        """The sentence, with the name that the device uses where that is known."""
        known = platform.counter_name(self.meaning, self.version) if platform else None
        return f"{self.before}{known or self.meaning.words}{self.after}"


@dataclass(frozen=True, slots=True)
class LookupOn:
    """What would decide, or refute, a hypothesis: the answer of one device."""

    device: str
    settles: RouteLookup | CounterLookup
    refutes: RouteLookup | CounterLookup | None = None
