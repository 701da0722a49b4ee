"""Does more than one machine answer for the gateway?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import About, Evidence, Inquiry, Question
from collectors.model.records import Reach
from collectors.model.step import Moment, Options, Phase, Step, View
from collectors.playbook.whom import ends, probes_allowed, unusable, visits

_MOST = 12


def inquiries(view: View, options: Options, moment: Moment) -> Iterator[Inquiry]:
    """The gateways that the ends and the first devices on the way use; asked last, as the answers change caches."""
    if not probes_allowed(options):
        return
    hosts = {device.name for device in ends(view)}
    found: dict[Inquiry, bool] = {}
    for reverse in (False, True):
        for visit in visits(view, reverse):
            if visit.next_hop is not None and visit.oif is not None:
                about = About(address=visit.next_hop, interface=visit.oif)
                found[Inquiry(visit.device, Question.ARP_PROBE, about, STEP.id)] = visit.device in hosts
    yield from sorted(found, key=lambda inquiry: not found[inquiry])[:_MOST]


def meaning(evidence: Evidence) -> str:
    """How many hardware addresses answered."""
    for reach in evidence.of(Reach):
        machines = tuple(dict.fromkeys(reach.answered_by))
        if len(machines) > 1:
            return f"{len(machines)} machines answer for {reach.target}: {', '.join(machines)}."
        return f"One machine answers for {reach.target}." if machines else f"Nobody answers for {reach.target}."
    return unusable(evidence) or "The probe brought no answer."


STEP = Step(
    id="arp-probe",
    title="Who answers for the gateway",
    question="Does exactly one machine answer for the gateway's address?",
    phase=Phase.CHOKEPOINT,
    moments=(Moment.AFTER,),
    inquiries=inquiries,
    meaning=meaning,
    decision="Two answers for one gateway: take the wrong one out, or repair the protocol that elects the active one.",
    probe=True,
)
