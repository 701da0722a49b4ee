"""Does more than one machine answer for the gateway?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Address
from collectors.model.records import Interface, Neighbour, ProbeResult
from collectors.model.step import Options, Phase, RunPhase, Step, View, Visit
from collectors.playbook.audience import both_ways, ends, probes_allowed, unusable

_MOST = 12


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The gateways that the ends and the first devices on the way use; asked last, as the answers
    change caches.

    Not where that would mend what is to be found: the entry of the device that asks is known to be
    wrong, or others cannot resolve it.
    """
    if not probes_allowed(options):
        return
    hosts = {device.name for device in ends(view)}
    found = dict.fromkeys(_for_next_hops(view))
    yield from sorted(found, key=lambda query: query.device not in hosts)[:_MOST]


def _for_next_hops(view: View) -> Iterator[Query]:
    for visit in both_ways(view):
        named = visit.next_hop is not None and visit.oif is not None
        if named and not _would_mend(view, visit):
            params = QueryParams(address=visit.next_hop, interface=visit.oif)
            yield Query(visit.device, Question.ARP_PROBE, params, STEP.id)


def _would_mend(view: View, visit: Visit) -> bool:
    """An answer corrects the entry of the device that asks; a question shows the machine that is
    asked where the asking device is."""
    assert visit.next_hop is not None
    holders = _holders(view, visit.next_hop)
    several = len(holders) > 1
    return several or _known_wrong(view, visit, holders) or _unresolved(view, visit.device)


def _known_wrong(view: View, visit: Visit, holders: dict[str, str | None]) -> bool:
    """Does the entry of the device that asks name another machine than the holder?"""
    place = (visit.device, visit.next_hop)
    entries = {one.mac for device, one in _entries(view) if (device, one.address) == place}
    others = entries - {None, *holders.values()}
    return bool(holders and others)


def _holders(view: View, address: Address) -> dict[str, str | None]:
    """The devices that say that they hold it, each with the hardware address of that interface."""
    found: dict[str, str | None] = {}
    for device, port in _interfaces(view):
        if any(own.ip == address for own in port.addresses):
            found[device] = port.mac
    return found


def _unresolved(view: View, device: str) -> bool:
    """Does another device ask for an address of this one in vain?"""
    own = {
        address.ip
        for name, port in _interfaces(view)
        for address in port.addresses
        if name == device
    }
    return any(one.address in own and one.unanswered for _, one in _entries(view))


def _interfaces(view: View) -> Iterator[tuple[str, Interface]]:
    return ((e.device, port) for e in view.evidence for port in e.of(Interface))


def _entries(view: View) -> Iterator[tuple[str, Neighbour]]:
    return ((e.device, one) for e in view.evidence for one in e.of(Neighbour))


def meaning(evidence: Evidence) -> str:
    """How many hardware addresses answered."""
    for probe in evidence.of(ProbeResult):
        machines = tuple(dict.fromkeys(probe.answered_by))
        if not machines:
            return f"Nobody answers for {probe.target}."
        if len(machines) == 1:
            return f"One machine answers for {probe.target}."
        return f"{len(machines)} machines answer for {probe.target}: {', '.join(machines)}."
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
