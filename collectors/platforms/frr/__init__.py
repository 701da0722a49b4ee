"""FRR: Linux, and what its routing daemons say of the prefix."""

from __future__ import annotations

from collectors.model.answer import Answer
from collectors.model.evidence import Question
from collectors.model.platform import Platform
from collectors.platforms.frr import route_sets
from collectors.platforms.frr.pasted import PASTED
from collectors.platforms.frr.remedies import spell
from collectors.platforms.linux import ANSWERS
from collectors.platforms.reading import guarded

_SETS = Answer(route_sets.ask_sets, guarded(route_sets.read_sets), privileged=True)

FRR = Platform(
    "frr",
    "FRR on Linux",
    "linux",
    {**ANSWERS, Question.NEXTHOP_SETS: _SETS},
    pasted=PASTED,
    spell=spell,
)
