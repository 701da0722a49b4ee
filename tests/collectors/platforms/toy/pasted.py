"""How pasted text of ToyOS is recognised."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.pasted import PastedForms, Shape, Start, TypedCommand

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
    pagers=(r"-- press space --",),
)
