"""What may a run send by itself, and how much of it? Shown before it runs."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.playbook import STEPS

LEVELS = {"off": "off: only look", "gentle": "gentle", "full": "full"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of packets that a run sends by itself."""

    title: str
    level: str
    bound: str


def probes() -> list[Probe]:
    """Every step that sends packets, the gentle ones first."""
    found = [Probe(step.title, step.level, step.sends) for step in STEPS if step.probe]
    return sorted(found, key=lambda probe: list(LEVELS).index(probe.level))
