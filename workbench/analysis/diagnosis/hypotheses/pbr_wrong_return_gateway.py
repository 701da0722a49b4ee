"""Does a policy rule send the replies out by another gateway, where they die?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.lookups import LookupOn, RouteLookup
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK, both_ends
from workbench.analysis.diagnosis.facts.routing.led_away import led_away
from workbench.analysis.diagnosis.facts.routing.marked_away import marked_away, marked_reasons
from workbench.analysis.diagnosis.facts.routing.who_parts_them import (
    Decider,
    Means,
    policy_deviates,
    rule_behind,
    rule_text,
)
from workbench.analysis.diagnosis.facts.state.onesided import (
    OneSided,
    decided,
    never_saw,
    one_sided,
    state_reasons,
)
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.trace.parting import dead_end, departure


def pbr_wrong_return_gateway(findings: Findings) -> Iterable[Hypothesis]:
    """Does a policy rule send the replies out by another gateway, where they die?"""
    context = context_of(findings)
    yield from _by_mark(context)
    hop = departure(findings)
    if hop is None or not policy_deviates(context, hop):
        return
    chosen = Decider(hop, Means.RULE)
    sides = tuple(one_sided(context))
    yield from (_by_state(context, chosen, side) for side in sides)
    yield from _otherwise(context, chosen, {side.device for side in sides if side.reverse})
    away = led_away(context, chosen.hop) if not sides else None
    if away is not None:
        seen = Reason(STRONG, away.text, away.evidence)
        reasons = (*both_ends(context), seen, _rule(context, chosen))
        yield _hypothesis(context, chosen, chosen.name, Direction.REVERSE, reasons, away.text)


def _by_mark(context: Context) -> Iterator[Hypothesis]:
    """The request itself leaves by a rule for its mark, past the rule for its source, and nothing
    comes back."""
    found = marked_away(context)
    if found is not None:
        name = found.hop.name
        yield Hypothesis(
            Cause.PBR_WRONG_RETURN_GATEWAY,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=tuple(marked_reasons(context, found)),
            fixes=tuple(remedies.source_first(found)),
            refuted_by=f"an answer to a packet that left {name} by {found.hop.oif}",
            would_settle=f"a capture on {found.hop.oif} of {name}: does an answer come back?",
            summary=f"{name} sends the request out by the wrong interface: {found.text}",
        )


def _by_state(context: Context, chosen: Decider, side: OneSided) -> Hypothesis:
    reasons = (*state_reasons(side), *decided(side, Means.RULE), _rule(context, chosen))
    return _hypothesis(context, chosen, side.device, side.direction, reasons, never_saw(side))


def _otherwise(context: Context, chosen: Decider, known: set[str]) -> Iterator[Hypothesis]:
    """The replies die on the way that the rule chose, for another reason than missing state."""
    for drop in context.drops(reverse=True)[:1]:
        if (
            drop.node not in known
            and drop.node != context.client
            and _beyond(context, chosen, drop.node)
        ):
            seen = Reason(
                DIRECT, f"the {drop.packet} stops at {drop.node} ({drop.where})", drop.evidence
            )
            reasons = (
                *both_ends(context),
                seen,
                *_no_way(context, drop.node),
                _rule(context, chosen),
            )
            text = f"{drop.node} drops the {drop.packet} ({drop.where})"
            yield _hypothesis(context, chosen, drop.node, Direction.REVERSE, reasons, text)
    end = dead_end(context.findings.reverse)
    if end is not None and not context.drops(reverse=True) and _beyond(context, chosen, end.name):
        reasons = (*both_ends(context), *_no_way(context, end.name), _rule(context, chosen))
        text = f"{end.name} has no way to {end.flow_out.dst} for the replies"
        yield _hypothesis(context, chosen, end.name, Direction.REVERSE, reasons, text)


def _no_way(context: Context, node: str) -> Iterator[Reason]:
    """Does that gateway itself say that it has no route for the replies?"""
    end = dead_end(context.findings.reverse)
    if end is not None and end.name == node:
        yield Reason(
            DIRECT, f"{node} has no way to {end.flow_out.dst} for the replies", end.evidence
        )


def _beyond(context: Context, chosen: Decider, node: str) -> bool:
    names = context.findings.reverse.names
    return (
        node in names
        and node not in context.findings.forward.names
        and names.index(node) > names.index(chosen.name)
    )


def _rule(context: Context, chosen: Decider) -> Reason:
    known = rule_behind(context, chosen.hop) is None
    text = (
        f"the main table of {chosen.name} would have used another gateway;"
        f" {rule_text(context, chosen.hop)}"
    )
    return Reason(STRONG if known else WEAK, text, chosen.hop.evidence)


def _hypothesis(
    context: Context,
    chosen: Decider,
    guilty: str,
    direction: Direction,
    reasons: tuple[Reason, ...],
    text: str,
) -> Hypothesis:
    return Hypothesis(
        Cause.PBR_WRONG_RETURN_GATEWAY,
        guilty_node=guilty,
        decided_by=chosen.name,
        direction=direction,
        reasons=reasons,
        fixes=tuple(remedies.drop_policy_rule(context, chosen)),
        refuted_by="the replies passing that gateway, or the main table choosing the same one",
        lookup=LookupOn(
            chosen.name,
            RouteLookup(
                "", f" on {chosen.name} with and without the rule, {_where(chosen, guilty)}"
            ),
        ),
        summary=f"{text}; {chosen.name} sends replies that way by {rule_text(context, chosen.hop)}",
    )


def _where(chosen: Decider, guilty: str) -> str:
    """Where to look further; who decides has been seen to send the answer."""
    return (
        f"a capture on {guilty}"
        if guilty != chosen.name
        else f"a capture behind its {chosen.hop.oif}"
    )
