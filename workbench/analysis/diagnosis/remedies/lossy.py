"""Fixes for what loses packets by chance or by a limit."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.remedy.filters import ChangeLossRule
from collectors.model.remedy.hosts import InspectLink, WidenQueue
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device.policers import Policer, policers
from workbench.analysis.diagnosis.facts.loss.random_loss import Lossy, counted
from workbench.analysis.diagnosis.facts.stops.departed import DeadLink
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint

PROOF = "the same packets captured on both sides again, and none of them missing"


def against_loss(found: Lossy) -> Iterator[Fix]:
    """Raise the limit that does it, else mend the link, the interface or the queue."""
    rules = [one for one in found.policers() if one.moved is None or one.moved or not one.stops]
    if rules:
        yield _rule(found.device, rules[0])
        return
    queue = next((one for one in counted(found) if one.queue), None)
    if queue is not None:
        yield _queue(queue.device, queue.interface)
    elif not found.hidden:
        yield _link(found)


def against_limit(point: DropPoint) -> Iterator[Fix]:
    """Change the rule that picks what it drops."""
    rules = policers(point.context.case, point.hop, point.reverse) if point.hop is not None else ()
    yield from (_rule(point.device, one) for one in rules[:1])


def against_dead_link(dead: DeadLink) -> Iterator[Fix]:
    """See what is wrong with the link."""
    yield _wire(dead.drop.node, dead.drop.interface, dead.after)


def _rule(name: str, one: Policer) -> Fix:
    kind = FixClass.RAISE_LIMIT if one.limit else FixClass.FIX_ACL
    what = "with a higher rate, or an exception for this flow" if one.limit else "without it"
    return Fix.of(
        kind,
        ChangeLossRule(name, one.rule, one.limit),
        side_effects=f"the rule may be meant so: ask who owns it, then load the rules again {what}",
        proof=f"the rule counts nothing more while the flow runs; {PROOF}",
    )


def _queue(device: str, interface: str | None) -> Fix:
    return Fix.of(
        FixClass.RAISE_LIMIT,
        WidenQueue(device, interface),
        side_effects=(
            "the queue is full because more is sent than it lets out: raise its rate or its length,"
            " or send less; a longer queue adds delay"
        ),
        proof=f"its drops stand still while the flow runs; {PROOF}",
    )


def _link(found: Lossy) -> Fix:
    return _wire(found.device, found.worst.interface, found.worst.after)


def _wire(device: str, interface: str | None, after: str | None) -> Fix:
    end = f" and on {after}" if after else ""
    return Fix.of(
        FixClass.FIX_LINK,
        InspectLink(device, interface, after),
        side_effects=(
            f"they only read: see which errors rise there{end}; then cable, optics, duplex, driver"
            " or the provider of the line"
        ),
        proof=PROOF,
    )
