"""The words for a remedy and for how a platform spells it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.model.flow import Flow

# a sentence is pasted like a command: what a shell would run has no place in it
_UNSAFE = re.compile(r"[^\w \t.,:/@+=~(){}\[\]-]")


def named(value: object) -> str:
    """A word that a device chose (an interface, a table, the text of a rule), fit for a
    sentence."""
    return _UNSAFE.sub("\ufffd", str(value))


def between(flow: Flow) -> str:
    """The flow, fit for a sentence: `tcp 192.0.2.1:4001 to 192.0.2.10:443`."""
    return str(flow).replace(">", "to")


@dataclass(frozen=True, slots=True)
class Remedy(ABC):
    """One change on one device; each kind is a class with the values that it needs."""

    device: str | None
    # what the device reported of its own settings: with it a platform writes the way back
    settings: Mapping[str, str] = field(
        default_factory=dict, kw_only=True, compare=False, repr=False
    )

    @property
    @abstractmethod
    def words(self) -> str:
        """What to do, as the beginning of a sentence: `route packets for 192.0.2.1 via 10.0.0.2`."""


@dataclass(frozen=True, slots=True)
class Advice(Remedy):
    """A change for which there is no command on any platform: people carry it out."""

    text: str
    back: str = ""  # how it is taken back; empty = there is nothing to take back

    @property
    def words(self) -> str:
        """The advice itself."""
        return self.text


@dataclass(frozen=True, slots=True)
class Spelling:
    """A remedy in the commands of one platform. Every command is one line, its words quoted.

    No commands: what the device has there cannot be changed so, and nothing is proposed.
    """

    commands: tuple[str, ...]
    rollback: tuple[str, ...] = ()
    # in the platform's own words; None = the neutral ones hold here, too
    side_effects: str | None = None
    proof: str | None = None


Spell = Callable[[Remedy], Spelling | None]  # None = the platform has no command for it
Spellers = Mapping[type[Remedy], Callable[[Any], Spelling | None]]


def speller(known: Spellers) -> Spell:
    """A platform's speller out of one function for each kind of remedy that it knows."""

    def spell(remedy: Remedy) -> Spelling | None:
        make = known.get(type(remedy))
        return make(remedy) if make is not None else None

    return spell


def spells_nothing(remedy: Remedy) -> None:
    """The speller of a platform whose commands are not known: every fix is shown in words."""
