"""Who is each device?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import About, Evidence, Inquiry, Question
from collectors.model.records import Identity
from collectors.model.step import Moment, Options, Phase, Step, View
from collectors.playbook.whom import ask, everyone, unusable


def inquiries(view: View, options: Options, moment: Moment) -> Iterator[Inquiry]:
    """Every device, once."""
    return ask(everyone(view), Question.IDENTITY, About(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """Name, system, and with which rights we ask."""
    for one in evidence.of(Identity):
        rights = "as root" if one.root else f"as {one.user or 'a user'} without root's rights"
        return f"This is {one.hostname} ({one.system}); it is asked {rights}."
    return unusable(evidence) or "It did not say who it is."


STEP = Step(
    id="identity",
    title="Who are you",
    question="Which system answers here, and with which rights is it asked?",
    phase=Phase.PROVE,
    moments=(Moment.SURVEY,),
    inquiries=inquiries,
    meaning=meaning,
    decision=(
        "If this is not the device you meant, correct the inventory before you believe anything"
        " else."
    ),
)
