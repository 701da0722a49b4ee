"""Reads a pasted line into a flow, and says in words when it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import BadFlow, Flow
from collectors.paste.flows import recognise


@dataclass(frozen=True, slots=True)
class Read:
    """What a line showed: a flow, or why there is none."""

    flow: Flow | None = None
    problem: str = ""


def read_line(line: str) -> Read:
    """The flow in a line pasted from anywhere."""
    text = line.strip()[:4000]
    if not text:
        return Read()
    try:
        return Read(recognise(text))
    except BadFlow as error:
        return Read(problem=str(error))
