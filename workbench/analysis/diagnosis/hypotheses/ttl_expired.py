"""Do packets expire on the way, though nobody sends them round in a circle?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK, both_ends, silence
from workbench.analysis.diagnosis.facts.routing.aged import Aged, aged
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.counter_deltas import counter_moved


def ttl_expired(findings: Findings) -> Iterable[Hypothesis]:
    """Do packets expire on the way, though nobody sends them round in a circle?"""
    context = context_of(findings)
    found = aged(context)
    if found is None:
        return
    yield Hypothesis(
        Cause.TTL_EXPIRED,
        guilty_node=found.sender,
        direction=Direction.of(reverse=found.path.reverse),
        reasons=tuple(_reasons(context, found)),
        fixes=tuple(remedies.longer_life(found)),
        refuted_by=(
            f"the packets leaving {found.place} again; a device that gets one packet several times"
            " (a circle)"
        ),
        would_settle=f"captures at {found.sender} and {found.place} that show the time to live",
        summary=_summary(found),
    )


def _summary(found: Aged) -> str:
    packets = "replies" if found.path.reverse else "requests"
    life = (
        f"a time to live of {found.life}" if found.life is not None else "too small a time to live"
    )
    place = "there" if found.place == found.sender else f"at {found.place}"
    verb = "sends" if found.sender == found.path.hops[0].name else "passes on"
    return (
        f"{found.sender} {verb} the {packets} with {life}: it is used up {place}, and no routing"
        " loop is to blame"
    )


def _reasons(context: Context, found: Aged) -> Iterator[Reason]:
    yield from both_ends(context)
    if found.came_old:
        yield Reason(
            DIRECT,
            f"packets come in at {found.place} with their TTL used up",
            found.evidence,
        )
    if found.messages:
        yield Reason(DIRECT, f'{found.place} says "time exceeded" about this flow', found.messages)
    if found.life is not None:
        yield Reason(
            STRONG,
            f"{found.sender} gives them {some(found.life, 'router')} to live",
            found.evidence,
        )
    yield from _why(found)
    yield from _counted(context, found)
    yield from silence(context)


def _why(found: Aged) -> Iterator[Reason]:
    setting, rule = found.setting, found.rule
    if setting is not None:
        yield Reason(STRONG, f"{found.sender} is set so: {setting.words}")
    elif rule is not None:
        yield Reason(STRONG, f"{found.sender} has a rule that sets it: {rule.text}")


def _counted(context: Context, found: Aged) -> Iterator[Reason]:
    """The sender hears of it, and the router counts what it could not pass on."""
    version = context.flow.version
    origin = found.path.hops[0].name
    for device, meaning in (
        (origin, CounterMeaning.HEARD_TIME_RAN_OUT),
        (found.place, CounterMeaning.TIME_RAN_OUT),
    ):
        moved = counter_moved(context.case, device, meaning, version)
        if moved is not None and moved.amount > 0:
            text = f"{moved.name} of {device} rose by {some(moved.amount)}"
            yield Reason(WEAK, text, moved.evidence)
