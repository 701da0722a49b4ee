"""How pasted outputs of FRR's shell are recognised."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.pasted import Look, PastedForms, Shape, TypedCommand
from collectors.platforms.linux.asked import asked
from collectors.platforms.linux.commanded import picks, placed

_SHAPES = (
    Shape(
        r"^[ \t]*Routing entry for \S+|^[A-Z][>* ]{1,3}\s*[\d.]+/\d+ \[",
        Question.NEXTHOP_SETS,
        Look.RULES_AND_SETS,
    ),
    Shape(
        r"\"(?:interfaceName|destSelected|nexthopGroupId)\"\s*:",
        Question.NEXTHOP_SETS,
        Look.RULES_AND_SETS,
    ),
)

_COMMANDS = (TypedCommand(r"vtysh\b|show ip(?:v6)? route", Question.NEXTHOP_SETS),)

PASTED = PastedForms(
    commands=_COMMANDS,
    shapes=_SHAPES,
    imitated=True,
    words=r"vtysh",
    placed=placed,
    picks=picks,
    asked=asked,
)
