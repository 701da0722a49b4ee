"""What is asked of a device of one kind when it is logged in to: who we are, what time it is, can we
become root?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rights:
    """The command that tells who we are, and what its output says: may we do everything?"""

    command: str
    all_allowed: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class ClockCommand:
    """The command that tells the time, and the time in its output: epoch seconds, and by how many
    seconds they may be off as it is written coarsely. None = there is none in it."""

    command: str
    read: Callable[[bytes], tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class Elevation:
    """How a command that needs all rights is sent by somebody who does not have them."""

    prefix: str  # stands before the command
    test: str  # ends with status 0 where the prefix is allowed
    # starts a shell that has all rights, for devices on which the prefix is slow each time
    shell: str | None = None


@dataclass(frozen=True, slots=True)
class LoginCommands:
    """All of them pass the guard and are recorded, as every command."""

    # typed first, once per login: switches the pager off, widens the screen
    prepare: tuple[str, ...] = ()
    rights: Rights | None = None
    clock: ClockCommand | None = None
    elevation: Elevation | None = None
