"""Sentences about a device's own answer for the route of one packet, as yet without the command: its
platform knows that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RouteLookup:
    """What stands before and after the command."""

    before: str
    after: str

    def words(self, command: str = "") -> str:
        """The sentence; without a command it names the question."""
        if command:
            return f"{self.before}`{command}`{self.after}"
        return f"{self.before or 'a '}route lookup{self.after}"


@dataclass(frozen=True, slots=True)
class LookupOn:
    """What would decide, or refute, a hypothesis: the route lookup of one device."""

    device: str
    settles: RouteLookup
    refutes: RouteLookup | None = None
