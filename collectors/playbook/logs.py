"""Did a firewall log that it dropped this flow?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import About, Evidence, Inquiry, Question
from collectors.model.records import LogLine
from collectors.model.step import Moment, Options, Phase, Step, View
from collectors.playbook.whom import ask, flows_of, involved, unusable


def inquiries(view: View, options: Options, moment: Moment) -> Iterator[Inquiry]:
    """Every device on the way, after the window."""
    about = About(flow=view.flow, flows=flows_of(view), sample="after")
    return ask(involved(view), Question.LOGS, about, STEP.id)


def meaning(evidence: Evidence) -> str:
    """The newest lines about this flow, as the device labels them."""
    lines = evidence.of(LogLine)
    if not lines:
        return (
            unusable(evidence)
            or "The logs say nothing of this flow; few firewalls log every drop, so this clears nobody."
        )
    prefixes = ", ".join(dict.fromkeys(line.prefix.strip() or "(no prefix)" for line in lines))
    return f"{len(lines)} log lines tell of packets of this flow, labelled {prefixes}."


STEP = Step(
    id="logs",
    title="Firewall log lines",
    question="Did a device log that it refused packets of this flow?",
    phase=Phase.CHOKEPOINT,
    moments=(Moment.AFTER,),
    inquiries=inquiries,
    task=11,
    meaning=meaning,
    decision="A SYN-ACK logged as INVALID is asymmetry until proven otherwise: find where its SYN went.",
)
