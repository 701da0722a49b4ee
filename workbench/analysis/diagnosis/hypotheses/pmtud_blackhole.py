"""Do large packets vanish at a link that is too small for them, while no message tells the
sender?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.findings import AttemptEnd, Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    WORKS,
    both_ends,
    ends_evidence,
    silence,
)
from workbench.analysis.diagnosis.facts.sizes.packet_sizes import (
    Muffled,
    Narrow,
    Taught,
    learns_for_itself,
    lost_large,
    muffled,
    narrows,
    notices,
    silent_probe,
    stuck_sender,
    taught,
    too_large,
)
from workbench.analysis.diagnosis.facts.sizes.sizes_tried_by_hand import fits_whole, hole
from workbench.analysis.diagnosis.facts.sizes.unheeded import Unheeded, told_too_big, unheeded
from workbench.analysis.diagnosis.facts.stops.complaints import name_of
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import stops
from workbench.analysis.diagnosis.handshake import Stage
from workbench.analysis.evidence.counter_deltas import counter_moved


def pmtud_blackhole(findings: Findings) -> Iterable[Hypothesis]:
    """Do large packets vanish at a link that is too small for them, while no message tells the
    sender?"""
    scene = scene_of(findings)
    deaf = list(unheeded(scene))
    if only_captures(scene.case) and not deaf:
        yield from _by_size(scene)
    known = list(narrows(scene))
    if not known and not deaf:
        yield from _by_pings(scene)
    yield from (
        _deaf(scene, one) for one in deaf if one.reverse not in {narrow.reverse for narrow in known}
    )
    for narrow in known:
        keeper = learns_for_itself(scene, narrow)
        silencer = keeper or muffled(scene, narrow)
        mute = (
            f", and {silencer.device} drops the ICMP message that would tell the sender"
            if silencer
            else ""
        )
        mute = (
            f", and {keeper.device} is told so and does not tell the sender ({keeper.words})"
            if keeper
            else mute
        )
        yield Hypothesis(
            Cause.PMTUD_BLACKHOLE,
            guilty_node=silencer.device if silencer else narrow.hop.name,
            decided_by=narrow.hop.name,
            direction=Direction.REVERSE if narrow.reverse else Direction.FORWARD,
            reasons=tuple(_reasons(scene, narrow, silencer)),
            fixes=tuple(
                remedies.proved_afresh(scene, remedies.fit_packets(scene, narrow, silencer))
            ),
            refuted_by="large packets arriving, or the sender learning the smaller size",
            would_settle=(
                'pings of growing size with "do not fragment" from the sender; IpFragFails on the'
                " router"
            ),
            summary=(
                f"packets of up to {narrow.size} bytes{_of_tunnel(narrow)} do not fit"
                f" {narrow.hop.name}'s link of {narrow.mtu} bytes{mute}"
            ),
        )


def _deaf(scene: Scene, found: Unheeded) -> Hypothesis:
    """The sender is told, as captures show, and goes on as if it were not."""
    way = "back" if found.reverse else "out"
    told = f'{name_of(scene, found.by)} tells {found.sender} "packet too big" again and again'
    goes_on = f"{found.sender} goes on with segments of {found.payload} bytes"
    kept = f": it drops the message itself ({found.stopped.words})" if found.stopped else ""
    return Hypothesis(
        Cause.PMTUD_BLACKHOLE,
        guilty_node=found.sender,
        decided_by=name_of(scene, found.by),
        direction=Direction.REVERSE if found.reverse else Direction.FORWARD,
        reasons=tuple(_deaf_reasons(found, f"{told}: the most is {found.mtu} bytes", goes_on)),
        fixes=tuple(remedies.let_in_notice(scene, found.stopped)) if found.stopped else (),
        refuted_by=f"{found.sender} sending smaller segments after such a message",
        would_settle=(
            f"the input filter of {found.sender}, and its `ip route get` to the other end (mtu?)"
        ),
        summary=(
            f"full-size segments are lost on the way {way}; {told} (mtu {found.mtu}), and"
            f" {goes_on}{kept}"
        ),
    )


def _deaf_reasons(found: Unheeded, told: str, goes_on: str) -> Iterator[Reason]:
    yield Reason(DIRECT, told, found.evidence)
    where = "" if found.here else ", as seen on the way"
    yield Reason(
        STRONG if found.here else WEAK, f"{goes_on}, each refused again{where}", found.evidence
    )
    if found.stopped is not None:
        text = (
            f'{found.sender} drops "packet too big" after the capture has seen it:'
            f" {found.stopped.words}"
        )
        yield Reason(STRONG, text, found.stopped.evidence)


def _by_pings(scene: Scene) -> Iterator[Hypothesis]:
    """Nothing but pings of growing size that somebody tried."""
    found = hole(scene)
    if found is None:
        return
    yield Hypothesis(
        Cause.PMTUD_BLACKHOLE,
        direction=found.direction,
        reasons=(*both_ends(scene), Reason(DIRECT, found.text, found.evidence), *silence(scene)),
        refuted_by="a large packet that arrives, or the sender learning the smaller size",
        would_settle=(
            f"pings of sizes between {found.good} and {found.bad} to each router on the way; its"
            " links' MTU"
        ),
        summary=(
            f"{found.text}: a link on that way, or on the way back, takes less and nothing tells"
            " the sender"
        ),
    )


def _by_size(scene: Scene) -> Iterator[Hypothesis]:
    """Nothing tells of links; but what is lost for good is what is large."""
    found = too_large(scene)
    if found is None or found.loss is None:
        return
    way = "back" if found.loss.reverse else "out"
    tells = "somebody tells" if told_too_big(scene, bool(found.loss.reverse)) else "nothing tells"
    small = Reason(
        STRONG, "the handshake and smaller segments of the same connection arrive", found.evidence
    )
    whole = fits_whole(scene)
    text = f"a ping of {whole[0]} bytes that must not be cut came back" if whole else ""
    fits = (Reason(-DIRECT, text, (whole[1],)),) if whole else ()
    yield Hypothesis(
        Cause.PMTUD_BLACKHOLE,
        direction=Direction.REVERSE if found.loss.reverse else Direction.FORWARD,
        reasons=(Reason(DIRECT, found.loss.text, found.evidence), small, *fits),
        refuted_by="large packets arriving, or the sender learning the smaller size",
        would_settle=(
            'pings of growing size with "do not fragment" from the sender; the MTU of each link on'
            " the way"
        ),
        summary=(
            f"full-size segments are lost on the way {way}, smaller ones are not: a link on that"
            f" way takes less, and {tells} the sender"
        ),
    )


def _reasons(scene: Scene, narrow: Narrow, silencer: Muffled | None) -> Iterator[Reason]:
    probe = silent_probe(scene)
    if probe is not None:
        yield Reason(
            DIRECT,
            f"a probe of {probe[0].size} bytes vanished without an ICMP answer, a smaller one"
            " did not",
            (probe[1],),
        )
    if scene.findings.flow_works and not hanging(scene):
        weight = REFUTES if probe is not None else WORKS
        yield Reason(
            weight,
            "an attempt got through: what it sends now is small enough",
            ends_evidence(scene),
        )
    text = (
        f"{narrow.hop.name}'s {narrow.interface} takes {narrow.mtu} bytes, {_who(narrow)} up to"
        f" {narrow.size}"
    )
    yield Reason(WEAK, text, narrow.evidence)
    yield from _lost(scene, narrow)
    yield from _silence(scene, narrow, silencer)
    yield from _stalls(scene, narrow)
    yield from (Reason(0.0, _forgets(one), (one.evidence,)) for one in taught(scene))
    yield from silence(scene)


def _forgets(one: Taught) -> str:
    return (
        f"a probe of ours taught {one.device} that packets may have {one.mtu} bytes: the flow may"
        " work until it forgets that (ten minutes as a rule), and then fail again"
    )


def _lost(scene: Scene, narrow: Narrow) -> Iterator[Reason]:
    lost = lost_large(scene, narrow)
    if lost:
        yield Reason(
            DIRECT, f"large packets came {_to(narrow)} and did not go on, small ones did", lost
        )
    makers = (narrow.tunnel.maker.name,) if narrow.tunnel else ()
    for device in dict.fromkeys((narrow.hop.name, *makers)):
        yield from _refused(scene, device)


def _refused(scene: Scene, device: str) -> Iterator[Reason]:
    for name in ("IpFragFails", "Ip6FragFails"):
        moved = counter_moved(scene.case, device, name)
        if moved is not None and moved.amount > 0:
            yield Reason(
                DIRECT,
                f"{device} found {some(moved.amount)} too big during the capture",
                moved.evidence,
            )


def _who(narrow: Narrow) -> str:
    return f"the tunnel from {narrow.tunnel.maker.name} sends" if narrow.tunnel else "the ends send"


def _of_tunnel(narrow: Narrow) -> str:
    return f" of the tunnel from {narrow.tunnel.maker.name}" if narrow.tunnel else ""


def _to(narrow: Narrow) -> str:
    if narrow.before is None:
        return f"in at {narrow.hop.name}"
    return f"from {narrow.before.name} to the smaller {narrow.interface} of {narrow.hop.name}"


def _silence(scene: Scene, narrow: Narrow, silencer: Muffled | None) -> Iterator[Reason]:
    end = (scene.server if narrow.reverse else scene.client) or ""
    sender = narrow.tunnel.maker.name if narrow.tunnel else end
    got = notices(scene, sender, narrow)
    if silencer is not None and got:
        yield Reason(
            STRONG, f"{sender} got the message, and does not tell the sender: {silencer.words}", got
        )
    elif silencer is not None:
        yield Reason(
            STRONG, f'{silencer.device} drops "packet too big": {silencer.words}', silencer.evidence
        )
    elif got:
        yield Reason(REFUTES, f"{sender} got the message that its packets are too big", got)


def _stalls(scene: Scene, narrow: Narrow) -> Iterator[Reason]:
    ends = {a.end for a in scene.attempts if a.fresh}
    stalled = [a for a in scene.attempts if a.end is AttemptEnd.STALLED and a.fresh]
    never_made = (
        bool(ends & {AttemptEnd.HALF_OPEN, AttemptEnd.NO_ANSWER, AttemptEnd.REFUSED})
        and not stalled
    )
    stuck = () if never_made else stuck_sender(scene, narrow)
    if stalled or stuck:
        evidence = (*(stalled[0].evidence if stalled else ()), *stuck)
        yield Reason(STRONG, "connections are made, then data is sent again and again", evidence)
    elif never_made:
        yield Reason(REFUTES, "connections are not even made: size is not the reason")
    # large ones of the tunnel are what stops there
    there = narrow.hop.name if narrow.tunnel else None
    small = next(
        (s for s in stops(scene) if s.drop and s.stage is not Stage.DATA and s.device != there),
        None,
    )
    if small is not None and not stalled:
        yield Reason(
            REFUTES, f"even the {small.packet} stops, at {small.device}: size is not the reason"
        )
