"""How pasted text of ToyOS is recognised."""

from __future__ import annotations

import re

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.pasted import PastedForms, Shape, Start, TypedCommand
from collectors.platforms.flow_ends import IP, make, toward_server

_DROPPED = re.compile(
    rf"toyd: dropped (?P<proto>tcp|udp) of port (?P<srcport>\d+) at (?P<src>{IP})"
    rf" for port (?P<dstport>\d+) at (?P<dst>{IP})"
)


def dropped(line: str) -> Flow | None:
    """`toyd: dropped tcp of port 40000 at 10.0.1.10 for port 443 at 10.0.2.20`."""
    found = _DROPPED.fullmatch(line)
    if found is None:
        return None
    flow = make(found["proto"], found["src"], found["srcport"], found["dst"], found["dstport"])
    return toward_server(flow)


PASTED = PastedForms(
    commands=(
        TypedCommand(r"show system\b", Question.IDENTITY),
        TypedCommand(r"show ports\b", Question.INTERFACES),
        TypedCommand(r"show routes\b", Question.ROUTES),
    ),
    shapes=(
        Shape(r"^ToyOS ports\b", Question.INTERFACES),
        Shape(r"^ToyOS routes\b", Question.ROUTES),
    ),
    # toy-1 =>
    prompts=(r"(?P<host>[A-Za-z][\w-]{0,62}) =>(?=\s|$)",),
    starts=(Start(r"ToyOS ports", "toy ports"), Start(r"ToyOS routes", "toy routes")),
    flow_lines=(dropped,),
    pagers=(r"-- press space --",),
)
