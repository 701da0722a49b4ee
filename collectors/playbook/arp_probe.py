"""Does more than one machine answer for the gateway?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Address
from collectors.model.records import Interface, Neighbour, ProbeResult
from collectors.model.step import Options, Phase, RunPhase, Step, View, Visit
from collectors.playbook.audience import ends, probes_allowed, unusable, visits

_MOST = 12
DEAD = frozenset({"FAILED", "INCOMPLETE"})


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The gateways that the ends and the first devices on the way use; asked last, as the answers
    change caches.

    Not where that would mend what is to be found: the entry of the device that asks is known to be
    wrong, or others cannot resolve it.
    """
    if not probes_allowed(options):
        return
    hosts = {device.name for device in ends(view)}
    found: dict[Query, bool] = {}
    for reverse in (False, True):
        for visit in visits(view, reverse):
            if (
                visit.next_hop is not None
                and visit.oif is not None
                and not _would_mend(view, visit)
            ):
                params = QueryParams(address=visit.next_hop, interface=visit.oif)
                found[Query(visit.device, Question.ARP_PROBE, params, STEP.id)] = (
                    visit.device in hosts
                )
    yield from sorted(found, key=lambda query: not found[query])[:_MOST]


def _would_mend(view: View, visit: Visit) -> bool:
    """An answer corrects the entry of the device that asks; a question shows the machine that is
    asked where the asking device is."""
    assert visit.next_hop is not None
    holders = _holders(view, visit.next_hop)
    entries = {
        one.mac
        for device, one in _entries(view)
        if (device, one.address) == (visit.device, visit.next_hop)
    }
    known_wrong = bool(holders) and bool(entries - set(holders.values()) - {None})
    return len(holders) > 1 or known_wrong or _unresolved(view, visit.device)


def _holders(view: View, address: Address) -> dict[str, str | None]:
    """The devices that say that they hold it, each with the hardware address of that interface."""
    ports = ((e.device, port) for e in view.evidence for port in e.of(Interface))
    return {
        device: port.mac
        for device, port in ports
        if any(own.ip == address for own in port.addresses)
    }


def _unresolved(view: View, device: str) -> bool:
    """Does another device ask for an address of this one in vain?"""
    own = {
        one.ip
        for e in view.evidence
        if e.device == device
        for port in e.of(Interface)
        for one in port.addresses
    }
    return any(one.address in own and DEAD & set(one.states) for _, one in _entries(view))


def _entries(view: View) -> Iterator[tuple[str, Neighbour]]:
    return ((e.device, one) for e in view.evidence for one in e.of(Neighbour))


def meaning(evidence: Evidence) -> str:
    """How many hardware addresses answered."""
    for reach in evidence.of(ProbeResult):
        machines = tuple(dict.fromkeys(reach.answered_by))
        if len(machines) > 1:
            return f"{len(machines)} machines answer for {reach.target}: {', '.join(machines)}."
        return (
            f"One machine answers for {reach.target}."
            if machines
            else f"Nobody answers for {reach.target}."
        )
    return unusable(evidence) or "The probe got no answer."


STEP = Step(
    id="arp-probe",
    title="Who answers for the gateway",
    question="Does exactly one machine answer for the gateway's address?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.AFTER,),
    queries=queries,
    answers=(Question.ARP_PROBE,),
    meaning=meaning,
    decision=(
        "Two answers for one gateway: take the wrong one out, or repair the protocol that elects"
        " the active one."
    ),
    probe=True,
    sends=(
        f"two ARP requests for each gateway, {_MOST} gateways at most; none that would mend the"
        " fault"
    ),
)
