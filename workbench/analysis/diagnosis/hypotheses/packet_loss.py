"""Does a link or a device lose packets by chance, or by a limit of their rate?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import ConnState, Findings, Thinning
from workbench.analysis.case.verdict import Cause, Hypothesis, Reason
from workbench.analysis.case.wording import filter_words, some
from workbench.analysis.device.policers import Policer, strays
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.filters.denials import reason_of
from workbench.analysis.diagnosis.facts.loss.random_loss import (
    Lossy,
    amount,
    counted,
    lossy,
    mostly,
)
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK, both_ends
from workbench.analysis.diagnosis.facts.sizes.sizes_tried_by_hand import fading
from workbench.analysis.diagnosis.facts.stops.departed import DeadLink, dead_link
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.loss_statistics import unnatural

# so much likelier (natural logarithm) than what ways lose anyway that few packets more change
# nothing
SURELY = 8.0


def packet_loss(findings: Findings) -> Iterable[Hypothesis]:
    """Does a link or a device lose packets by chance, or by a limit of their rate?"""
    context = context_of(findings)
    found_by_chance = lossy(context)
    places = {found.device for found in found_by_chance}
    for point in drop_points(context):
        explanation = point.why(DropReason.RATE)
        if explanation is not None and point.device not in places:
            yield _all_beyond_the_limit(point, explanation)
    dead = dead_link(context)
    if dead is not None and dead.sure and dead.drop.node not in places:
        yield _nothing_arrives(dead)
    yield from _on_a_trace(context)
    for found in found_by_chance:
        yield Hypothesis(
            Cause.PACKET_LOSS,
            guilty_node=None if found.hidden else found.device,
            direction=found.direction,
            reasons=tuple(_reasons(found)),
            fixes=tuple(remedies.against_loss(found)),
            refuted_by=(
                "the same packets seen on the other side, or no packet of a kind ever passing"
            ),
            would_settle=(
                f"more packets captured {found.where} on both sides, and the counters there before"
                " and after"
            ),
            summary=_summary(found),
        )


def _on_a_trace(context: Context) -> Iterator[Hypothesis]:
    """Nobody watched; a report of mtr shows loss that begins at one distance and goes on to the
    end."""
    found = fading(context)
    if found is None or context.findings.observations:
        return
    kind = "" if found.own_kind else ", as probes of its kind show"
    yield Hypothesis(
        Cause.PACKET_LOSS,
        reasons=(
            *both_ends(context),
            Reason(DIRECT if found.own_kind else STRONG, found.text, found.evidence),
            Reason(
                WEAK, "that is far more than long ways lose in normal operation", found.evidence
            ),
        ),
        refuted_by=(
            "the same probes without loss at the end, or captures at both ends that show all"
            " packets"
        ),
        would_settle=(
            f"the counters of the links {found.where}; mtr from the other end, as the way back may"
            " lose them"
        ),
        summary=(
            f"packets are lost {found.where}, or on the way back from there{kind}: {found.text}"
        ),
    )


def _all_beyond_the_limit(point: DropPoint, explanation: DropExplanation) -> Hypothesis:
    """Every packet that was seen was one too many: others pass, by what the rule says."""
    return Hypothesis(
        Cause.PACKET_LOSS,
        guilty_node=point.device,
        decided_by=point.device,
        direction=point.direction,
        reasons=tuple(drop_point_reasons(point, explanation)),
        fixes=tuple(remedies.against_limit(point)),
        refuted_by=f"the {point.packet} leaving {point.device} again while the rule counts nothing",
        would_settle=(
            f"more packets captured on both sides of {point.device}, and the counter of that rule"
        ),
        summary=(
            f"{point.device} drops the {point.packet} by a rule that stops some of them"
            f" ({reason_of(point, explanation)})"
        ),
    )


def _nothing_arrives(dead: DeadLink) -> Hypothesis:
    """Every packet of one direction is lost on one link, though it is sent to the right machine."""
    return Hypothesis(
        Cause.PACKET_LOSS,
        guilty_node=dead.drop.node,
        direction=dead.direction,
        reasons=tuple(_of_dead_link(dead)),
        fixes=tuple(remedies.against_dead_link(dead)),
        refuted_by=f"the {dead.drop.packet} captured at {dead.after}",
        would_settle=(
            f"the counters of both ends of the link {dead.where}, and of what lies between them"
        ),
        summary=f"nothing of that direction crosses the link {dead.where}: {dead.drop.where}",
    )


def _of_dead_link(dead: DeadLink) -> Iterator[Reason]:
    drop = dead.drop
    yield from both_ends(dead.context)
    yield Reason(DIRECT, drop.where, drop.evidence)
    yield Reason(
        WEAK, f"{drop.node} sends to the hardware address that {dead.after} has there", dead.sure
    )
    if dead.other_way:
        yield Reason(
            0.5, f"the other direction does come over that link from {dead.after}", drop.evidence
        )
    yield from (
        Reason(STRONG, f"{one.text} during the capture", one.moved.evidence) for one in dead.counted
    )


def _summary(found: Lossy) -> str:
    lost = " and ".join(amount(loss) for loss in found.losses)
    rule = next(iter(found.policers()), None)
    by = f" by the rule {filter_words(rule.rule.text)}" if rule is not None and rule.moved else ""
    return f"packets are lost {found.where}{by}: {lost}, while others like them pass"


def _reasons(found: Lossy) -> Iterator[Reason]:
    worst = found.worst
    seen = DIRECT * min(1.0, (worst.lost - 1) / 3)
    for loss in sorted(found.losses, key=lambda one: one is not worst):
        text = f"{amount(loss)} were lost {found.where}"
        yield Reason(seen if loss is worst else 0.5, text, loss.evidence)
    if unnatural(worst.lost, worst.sent) >= SURELY:
        yield Reason(
            WEAK, "that is far more than long ways lose in normal operation", worst.evidence
        )
    if mostly(found.context, worst):
        yield Reason(
            WEAK,
            f"{_passed(worst)} of the same flow; whether they hold the same data is not known",
            worst.evidence,
        )
    else:
        yield Reason(
            STRONG,
            f"{_passed(worst)} on the same connection; a filter would stop them all",
            worst.evidence,
        )
    yield from _switched(found)
    again = sum(loss.again for loss in found.losses)
    if again:
        yield Reason(0.5, f"{some(again)} of those lost had to be sent again", worst.evidence)
    yield from _by_rules(found.policers(), worst.evidence)
    yield from (
        Reason(STRONG, f"{one.text} during the capture", one.moved.evidence)
        for one in counted(found)
    )
    yield from _refused_as_strays(found)
    yield from _failing(found)
    if found.hidden:
        yield Reason(-STRONG, "which of the devices between loses them cannot be seen")


def _switched(found: Lossy) -> Iterator[Reason]:
    """Chance keeps no time: within a device, something is switched on and off."""
    worst = found.worst
    if found.inside and worst.rhythm is not None and not any(p.moved for p in found.policers()):
        text = (
            f"all were lost in the same part of about every {worst.rhythm:.0f} s, and none in the other:"
            " something there comes and goes, as a rule or a route that is set again and again"
        )
        yield Reason(-DIRECT, text, worst.evidence)


def _passed(loss: Thinning) -> str:
    """What is lost by chance passes at another time."""
    which = "each" if loss.alike >= loss.lost else f"{loss.alike}"
    return f"after {which} of the {loss.lost} that were lost a packet like it passed"


def _by_rules(found: Iterable[Policer], otherwise: tuple[str, ...]) -> Iterator[Reason]:
    for one in list(found)[:1]:
        words = filter_words(one.rule.text)
        if one.moved and one.stops:
            text = f"its rule {words} counted {some(one.moved)} during the capture"
            yield Reason(STRONG, text, one.evidence or otherwise)
        elif one.moved is None or not one.stops:
            yield Reason(
                WEAK, f"its rule {words} lets only some of them pass", one.evidence or otherwise
            )


def _refused_as_strays(found: Lossy) -> Iterator[Reason]:
    """The device refuses what fits no session, and did so meanwhile: some of these may be among
    them."""
    hop = found.hop(found.worst) if found.inside else None
    refused = strays(found.context.case, hop, found.worst.reverse) if hop is not None else 0
    if refused:
        text = (
            f"{found.device} refused {some(refused)} that fit no session meanwhile: the loss may"
            " not be random"
        )
        yield Reason(-STRONG, text, found.worst.evidence)


def _failing(found: Lossy) -> Iterator[Reason]:
    bad = [a for a in found.context.attempts if a.end not in (ConnState.WORKED, ConnState.OPEN)]
    if bad:
        text = f"{len(bad)} of {some(len(found.context.attempts), 'attempt')} did not get through"
        yield Reason(0.5, text, bad[0].evidence)
