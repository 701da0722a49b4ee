"""Does a device track an answer elsewhere than its request: in another zone, or the one of them
only?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.remedy import Remedy
from collectors.model.remedy.filters import TrackBothOrNone, TrackInOneZone
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.filtering import before_tracking
from workbench.analysis.device.hop_filtering import at_hop, tested_at
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.drop_reasons import DropExplanation, DropReason
from workbench.analysis.diagnosis.handshake import FLAGS, HandshakeStep


def refused_by_zone(
    context: Context, device: str, step: HandshakeStep, reverse: bool
) -> tuple[DropExplanation, ...]:
    """An answer that its device refuses as it would one without a request, though the request
    passed it."""
    there, here = context.hop(device, reverse=False), context.hop(device, reverse=True)
    if not reverse or there is None or here is None or device in (context.client, context.server):
        return ()
    there, here = _watched(context, there, False), _watched(context, here, True)
    here = replace(here, oif=here.oif or there.iif)  # where it goes out, the requests come in
    apart = _apart(_met(context, there, False), _met(context, here, True), here)
    flags = FLAGS[step] if context.tcp else None
    strange = at_hop(context.case, here, "invalid" if context.tcp else "new", flags, reply=True)
    if apart is None or not strange.action.stops:
        return ()
    apart_words, cure = apart
    why = f"its connection tracking does not accept it as part of the session: {apart_words}"
    return (
        DropExplanation(
            DropReason.TRACKING,
            f"{device} drops it: {why}",
            rule=strange.rule,
            chain=strange.chain,
            evidence=strange.evidence,
            cure=cure,
            why=why,
        ),
    )


def _watched(context: Context, hop: Hop, reverse: bool) -> Hop:
    """The hop, with the interface by which packets were seen to come in, where routing did not tell
    it."""
    if hop.iif is not None:
        return hop
    point = context.observation(hop.device or "", reverse)
    if point is None or not point.came_in:
        return hop
    return replace(hop, iif=point.came_in[-1].interface)


def _met(context: Context, hop: Hop, reverse: bool) -> PacketUnderTest:
    """The packet as connection tracking meets it there."""
    flags = ("S." if reverse else "S") if context.tcp else None
    tested = tested_at(context.case, hop, "new", flags, reverse)
    return before_tracking(
        context.case, hop.device or "", "prerouting", replace(tested, oif=hop.oif)
    )


def _apart(
    request: PacketUnderTest, answer: PacketUnderTest, here: Hop
) -> tuple[str, Remedy] | None:
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
