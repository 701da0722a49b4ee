"""FRR: Linux, and what its routing daemons say of the prefix."""

from __future__ import annotations

from collectors.model.answer import Answer
from collectors.model.evidence import Question
from collectors.model.platform import Platform
from collectors.platforms.frr import route_sets
from collectors.platforms.frr.pasted import PASTED
from collectors.platforms.frr.programs import GRAMMAR
from collectors.platforms.frr.remedies import spell
from collectors.platforms.linux import ANSWERS
from collectors.platforms.linux.errors import refusal
from collectors.platforms.linux.login import LOGIN

_SETS = Answer(route_sets.ask_sets, route_sets.read_sets, privileged=True)

FRR = Platform(
    "frr",
    "FRR on Linux",
    "linux",
    {**ANSWERS, Question.NEXTHOP_SETS: _SETS},
    grammar=GRAMMAR,
    login=LOGIN,
    refusal=refusal,
    pasted=PASTED,
    typed={Question.ROUTE_CHOICE: "ip route get"},
    spell=spell,
)
