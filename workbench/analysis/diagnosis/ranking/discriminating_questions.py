"""Which cheap question would decide between the hypotheses that are still open?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import About, Inquiry, Question
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.device.fib import ways_out
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.trace.next_hops import land, networks

BUDGET = 12
STATEFUL = frozenset(
    {Cause.ASYM_STATEFUL_FW, Cause.ASYM_STATEFUL_HALF_PATH, Cause.ECMP_ASYM_STATEFUL}
)


def settling(scene: Scene, open_ones: tuple[Hypothesis, ...]) -> tuple[Inquiry, ...]:
    """What to ask now, the most telling first, within the budget."""
    found: dict[Inquiry, None] = {}
    for hypothesis in open_ones:
        found.update(
            (inquiry, None) for inquiry in _for(scene, hypothesis) if new_question(scene, inquiry)
        )
    if open_ones:
        more = (*namesakes(scene), *astray(scene), *unwatched(scene))
        found.update((inquiry, None) for inquiry in more if new_question(scene, inquiry))
    return tuple(found)[:BUDGET]


def _for(scene: Scene, hypothesis: Hypothesis) -> Iterator[Inquiry]:
    guilty = hypothesis.guilty_node
    if guilty is None or scene.case.inventory.named(guilty) is None:
        return
    if hypothesis.cause in STATEFUL:
        yield from _sessions(scene, guilty)
    if hypothesis.cause is Cause.RP_FILTER_STRICT:
        yield from _way_back(scene, guilty)
    if hypothesis.cause is Cause.HOST_DOWN and hypothesis.decided_by:
        yield Inquiry(
            hypothesis.decided_by, Question.NEIGHBOURS, About(sample="settle"), step="neighbours"
        )
    if hypothesis.cause is Cause.SERVICE_NOT_LISTENING:
        yield Inquiry(guilty, Question.LISTENERS, About(flow=scene.flow), step="listeners")


def _sessions(scene: Scene, guilty: str) -> Iterator[Inquiry]:
    keepers = (*scene.keepers(reverse=False), *scene.keepers(reverse=True), *scene.partners(guilty))
    for device in dict.fromkeys((guilty, *keepers)):
        if not scene.held(device).sessions:
            about = About(flow=scene.flow, flows=scene.flows, sample="settle")
            yield Inquiry(device, Question.SESSIONS, about, step="sessions")


def _way_back(scene: Scene, guilty: str) -> Iterator[Inquiry]:
    hops = [scene.hop(guilty, reverse) for reverse in (False, True)]
    for hop in (h for h in hops if h is not None and h.iif is not None):
        yield _exact(hop)


def _exact(hop: Hop) -> Inquiry:
    about = About(flow=hop.flow_in.reversed())
    return Inquiry(hop.device or "", Question.ROUTE_CHOICE, about, step="route-get")


def astray(scene: Scene) -> Iterator[Inquiry]:
    """Packets left a device and never came where they were expected: do they come in at somebody
    else near it?"""
    drop = scene.findings.drop
    hop = scene.hop(drop.node, drop.reverse) if drop is not None else None
    if drop is None or hop is None or hop.device is None or _kept(scene, hop.device, drop.reverse):
        return
    for name in dict.fromkeys(_near(scene, hop)):
        yield from _watch(scene, name)


def namesakes(scene: Scene) -> Iterator[Inquiry]:
    """Several devices hold the source address, as on sites that number alike: which of them sends
    the flow?"""
    for name in scene.case.namesakes:
        yield from _watch(scene, name)


def unwatched(scene: Scene) -> Iterator[Inquiry]:
    """Where a flow that was not seen to work turned out to pass only after the window: nobody
    watched there yet."""
    if not scene.findings.flow_works and not scene.case.namesakes:
        for name in dict.fromkeys((*scene.findings.forward.names, *scene.findings.reverse.names)):
            yield from _watch(scene, name)


def _watch(scene: Scene, name: str) -> Iterator[Inquiry]:
    """A window of its own for a device that was never asked for one."""
    about = next(
        (e.about for e in reversed(scene.case.evidence) if e.question is Question.CAPTURE), None
    )
    known = scene.case.inventory.named(name)
    tried = any(e.device == name and e.question is Question.CAPTURE for e in scene.case.evidence)
    if about is not None and known is not None and known.login is not None and not tried:
        yield Inquiry(name, Question.CAPTURE, about, step="capture")
        yield Inquiry(
            name, Question.SESSIONS, About(flow=scene.flow, flows=scene.flows), step="sessions"
        )


def _kept(scene: Scene, device: str, reverse: bool) -> bool:
    """Did its own capture run, and never see the packets leave?"""
    there = scene.sighting(device, reverse)
    return scene.case.asked(device, Question.CAPTURE) and (there is None or not there.went_out)


def _near(scene: Scene, hop: Hop) -> Iterator[str]:
    """Who could get what the device sends: by another of its tables, or on the same link."""
    for way in ways_out(scene.case, hop.device or "", hop.flow_out.dst):
        landing = land(scene.case, hop.device or "", way.interface, way.gateway or hop.flow_out.dst)
        yield from (landing.device,) if landing.device else ()
    links = networks(scene.case, hop.device or "", hop.oif)
    yield from (
        p.device for p in scene.case.ports if p.address.network in links and p.device != hop.device
    )


def new_question(scene: Scene, inquiry: Inquiry) -> bool:
    """Was this not asked yet?"""
    return all(e.inquiry != inquiry for e in scene.case.answers(inquiry.device, inquiry.question))
