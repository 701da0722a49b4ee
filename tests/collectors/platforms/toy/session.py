"""What is asked when ToyOS is logged in to, and how it says no."""

from __future__ import annotations

import re

from collectors.model.answer import Output
from collectors.model.login import ClockCommand, LoginCommands


def read_clock(said: bytes) -> tuple[float, float] | None:
    """`seconds 1763814000`: whole seconds."""
    found = re.fullmatch(rb"seconds (\d{1,12})", said.strip())
    return (float(found[1]) + 0.5, 0.5) if found else None


LOGIN = LoginCommands(prepare=("screen endless",), clock=ClockCommand("show clock", read_clock))


def refusal(output: Output) -> str | None:
    """`? not for you`: there is one channel only, so it stands where the answer would."""
    if output.stdout.strip() == b"? not for you":
        return "this user may not do that"
    return None
