"""Does a device track an answer elsewhere than its request: in another zone, or the one of them
only?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.remedy import Remedy
from collectors.model.remedy.filters import TrackBothOrNone, TrackInOneZone
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.filtering import before_tracking
from workbench.analysis.device.hop_filtering import at_hop, trial_at
from workbench.analysis.device.matching import Trial
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.stops.drop_reasons import Blame, Kind
from workbench.analysis.diagnosis.handshake import FLAGS, Stage


def refused_by_zone(scene: Scene, device: str, stage: Stage, reverse: bool) -> tuple[Blame, ...]:
    """An answer that its device refuses as it would one without a request, though the request
    passed it."""
    there, here = scene.hop(device, reverse=False), scene.hop(device, reverse=True)
    if not reverse or there is None or here is None or device in (scene.client, scene.server):
        return ()
    there, here = _watched(scene, there, False), _watched(scene, here, True)
    here = replace(here, oif=here.oif or there.iif)  # where it goes out, the requests come in
    apart = _apart(_met(scene, there, False), _met(scene, here, True), here)
    flags = FLAGS[stage] if scene.tcp else None
    strange = at_hop(scene.case, here, "invalid" if scene.tcp else "new", flags, reply=True)
    if apart is None or not strange.ruling.stops:
        return ()
    why, cure = apart
    text = (
        f"{device} drops it: its connection tracking does not accept it as part of the session:"
        f" {why}"
    )
    return (
        Blame(
            Kind.TRACKING,
            text,
            rule=strange.rule,
            chain=strange.chain,
            evidence=strange.evidence,
            cure=cure,
        ),
    )


def _watched(scene: Scene, hop: Hop, reverse: bool) -> Hop:
    """The hop, with the interface by which packets were seen to come in, where routing did not tell
    it."""
    point = scene.sighting(hop.device or "", reverse)
    if hop.iif is not None or point is None or not point.came_in:
        return hop
    return replace(hop, iif=point.came_in[-1].interface)


def _met(scene: Scene, hop: Hop, reverse: bool) -> Trial:
    """The packet as connection tracking meets it there."""
    flags = ("S." if reverse else "S") if scene.tcp else None
    trial = trial_at(scene.case, hop, "new", flags, reverse)
    return before_tracking(scene.case, hop.device or "", "prerouting", replace(trial, oif=hop.oif))


def _apart(request: Trial, answer: Trial, here: Hop) -> tuple[str, Remedy] | None:
    """What rules say of the two, and what would join them. None = they meet in one session, or it
    is not known."""
    if request.state == "untracked" != answer.state:
        return (
            "a rule keeps the requests out of connection tracking (notrack), and not the answers",
            TrackBothOrNone(here.device),
        )
    if None in (request.zone, answer.zone) or request.zone == answer.zone:
        return None
    zones = (
        f"the request is tracked in zone {request.zone}, what comes in on {here.iif} in zone"
        f" {answer.zone}"
    )
    return f"{zones}, and each zone knows its own sessions only", TrackInOneZone(here.device)
