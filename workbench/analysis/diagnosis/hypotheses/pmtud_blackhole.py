"""Do large packets vanish at a link that is too small for them, while no message tells the
sender?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.lookups import CounterLookup, LookupOn, RouteLookup
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
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
from workbench.analysis.diagnosis.facts.sizes.lost_sizes import (
    Taught,
    lost_large,
    silent_probe,
    stuck_sender,
    taught,
    too_large,
)
from workbench.analysis.diagnosis.facts.sizes.narrow_links import (
    Narrow,
    narrows,
)
from workbench.analysis.diagnosis.facts.sizes.size_messages import (
    Muffled,
    learns_for_itself,
    muffled,
    notices,
)
from workbench.analysis.diagnosis.facts.sizes.sizes_tried_by_hand import fits_whole, hole
from workbench.analysis.diagnosis.facts.sizes.unheeded import Unheeded, too_big_reported, unheeded
from workbench.analysis.diagnosis.facts.stops.complaints import name_of
from workbench.analysis.diagnosis.facts.stops.drop_points import drop_points
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.handshake import HandshakeStep
from workbench.analysis.evidence.counter_deltas import counter_moved


def pmtud_blackhole(findings: Findings) -> Iterable[Hypothesis]:
    """Do large packets vanish at a link that is too small for them, while no message tells the
    sender?"""
    context = context_of(findings)
    deaf = list(unheeded(context))
    if only_captures(context.case) and not deaf:
        yield from _by_size(context)
    known = list(narrows(context))
    if not known and not deaf:
        yield from _by_pings(context)
    yield from (
        _deaf(context, one)
        for one in deaf
        if one.reverse not in {narrow.reverse for narrow in known}
    )
    for narrow in known:
        keeper = learns_for_itself(context, narrow)
        silencer = keeper or muffled(context, narrow)
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
            direction=Direction.of(reverse=narrow.reverse),
            reasons=tuple(_reasons(context, narrow, silencer)),
            fixes=tuple(
                remedies.proved_afresh(context, remedies.fit_packets(context, narrow, silencer))
            ),
            refuted_by="large packets arriving, or the sender learning the smaller size",
            lookup=LookupOn(
                narrow.hop.name,
                CounterLookup(
                    'pings of growing size with "do not fragment" from the sender; ',
                    CounterMeaning.TOO_BIG,
                    " on the router",
                    4,
                ),
            ),
            summary=(
                f"packets of up to {narrow.size} bytes{_of_tunnel(narrow)} do not fit"
                f" {narrow.hop.name}'s link of {narrow.mtu} bytes{mute}"
            ),
        )


def _deaf(context: Context, found: Unheeded) -> Hypothesis:
    """The sender is told, as captures show, and goes on as if it were not."""
    way = "back" if found.reverse else "out"
    notice = f'{name_of(context, found.by)} tells {found.sender} "packet too big" again and again'
    goes_on = f"{found.sender} goes on with segments of {found.payload} bytes"
    kept = f": it drops the message itself ({found.stopped.words})" if found.stopped else ""
    return Hypothesis(
        Cause.PMTUD_BLACKHOLE,
        guilty_node=found.sender,
        decided_by=name_of(context, found.by),
        direction=Direction.of(reverse=found.reverse),
        reasons=tuple(_deaf_reasons(found, f"{notice}: the most is {found.mtu} bytes", goes_on)),
        fixes=tuple(remedies.let_in_notice(context, found.stopped)) if found.stopped else (),
        refuted_by=f"{found.sender} sending smaller segments after such a message",
        lookup=LookupOn(
            found.sender,
            RouteLookup(
                f"the input filter of {found.sender}, and its ", " to the other end (mtu?)"
            ),
        ),
        summary=(
            f"full-size segments are lost on the way {way}; {notice} (mtu {found.mtu}), and"
            f" {goes_on}{kept}"
        ),
    )


def _deaf_reasons(found: Unheeded, notice: str, goes_on: str) -> Iterator[Reason]:
    yield Reason(DIRECT, notice, found.evidence)
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


def _by_pings(context: Context) -> Iterator[Hypothesis]:
    """Nothing but pings of growing size that somebody tried."""
    found = hole(context)
    if found is None:
        return
    yield Hypothesis(
        Cause.PMTUD_BLACKHOLE,
        direction=found.direction,
        reasons=(
            *both_ends(context),
            Reason(DIRECT, found.text, found.evidence),
            *silence(context),
        ),
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


def _by_size(context: Context) -> Iterator[Hypothesis]:
    """Nothing tells of links; but what is lost for good is what is large."""
    found = too_large(context)
    if found is None or found.loss is None:
        return
    way = "back" if found.loss.reverse else "out"
    reported = too_big_reported(context, bool(found.loss.reverse))
    tells = "somebody tells" if reported else "nothing tells"
    small = Reason(
        STRONG, "the handshake and smaller segments of the same connection arrive", found.evidence
    )
    whole = fits_whole(context)
    text = f"a ping of {whole[0]} bytes that must not be fragmented came back" if whole else ""
    fits = (Reason(-DIRECT, text, (whole[1],)),) if whole else ()
    yield Hypothesis(
        Cause.PMTUD_BLACKHOLE,
        direction=Direction.of(reverse=bool(found.loss.reverse)),
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


def _reasons(context: Context, narrow: Narrow, silencer: Muffled | None) -> Iterator[Reason]:
    probe = silent_probe(context)
    if probe is not None:
        yield Reason(
            DIRECT,
            f"a probe of {probe[0].size} bytes vanished without an ICMP answer, a smaller one"
            " did not",
            (probe[1],),
        )
    if context.findings.flow_works and not hanging(context):
        weight = REFUTES if probe is not None else WORKS
        yield Reason(
            weight,
            "an attempt got through: what it sends now is small enough",
            ends_evidence(context),
        )
    text = (
        f"{narrow.hop.name}'s {narrow.interface} takes {narrow.mtu} bytes, {_who(narrow)} up to"
        f" {narrow.size}"
    )
    yield Reason(WEAK, text, narrow.evidence)
    yield from _lost(context, narrow)
    yield from _silence(context, narrow, silencer)
    yield from _stalls(context, narrow)
    yield from (Reason(0.0, _forgets(one), (one.evidence,)) for one in taught(context))
    yield from silence(context)


def _forgets(one: Taught) -> str:
    return (
        f"a probe of ours taught {one.device} that packets may have {one.mtu} bytes: the flow may"
        " work until it forgets that (ten minutes as a rule), and then fail again"
    )


def _lost(context: Context, narrow: Narrow) -> Iterator[Reason]:
    lost = lost_large(context, narrow)
    if lost:
        yield Reason(
            DIRECT, f"large packets came {_to(narrow)} and did not go on, small ones did", lost
        )
    makers = (narrow.tunnel.maker.name,) if narrow.tunnel else ()
    for device in dict.fromkeys((narrow.hop.name, *makers)):
        yield from _refused(context, device)


def _refused(context: Context, device: str) -> Iterator[Reason]:
    for version in (4, 6):
        moved = counter_moved(context.case, device, CounterMeaning.TOO_BIG, version)
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


def _silence(context: Context, narrow: Narrow, silencer: Muffled | None) -> Iterator[Reason]:
    end = (context.server if narrow.reverse else context.client) or ""
    sender = narrow.tunnel.maker.name if narrow.tunnel else end
    got = notices(context, sender, narrow)
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


def _stalls(context: Context, narrow: Narrow) -> Iterator[Reason]:
    ends = {a.end for a in context.attempts if a.fresh}
    stalled = [a for a in context.attempts if a.end is ConnState.STALLED and a.fresh]
    never_made = (
        bool(ends & {ConnState.HALF_OPEN, ConnState.NO_ANSWER, ConnState.REFUSED}) and not stalled
    )
    stuck = () if never_made else stuck_sender(context, narrow)
    if stalled or stuck:
        evidence = (*(stalled[0].evidence if stalled else ()), *stuck)
        yield Reason(STRONG, "connections are made, then data is sent again and again", evidence)
    elif never_made:
        yield Reason(REFUTES, "connections are not even made: size is not the reason")
    # large ones of the tunnel are what stops there
    there = narrow.hop.name if narrow.tunnel else None
    small = next(
        (
            s
            for s in drop_points(context)
            if s.drop and s.step is not HandshakeStep.DATA and s.device != there
        ),
        None,
    )
    if small is not None and not stalled:
        yield Reason(
            REFUTES, f"even the {small.packet} stops, at {small.device}: size is not the reason"
        )
