"""Does a rule by mark take packets from the way that a rule by their source chooses for them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.records import NextHop, PolicyRule
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import rule_words
from workbench.analysis.device import fib
from workbench.analysis.device.traced_packets import Traced, traced
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import STRONG, WEAK, both_ends


@dataclass(frozen=True, slots=True)
class MarkedAway:
    """At `hop` the rule `by_mark` comes before `by_source`, which would send the packet by
    `expected`."""

    hop: Hop
    by_mark: PolicyRule
    by_source: PolicyRule
    expected: NextHop
    seen: Traced | None
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """Both ways in words."""
        return (
            f"{rule_words(self.by_mark)} sends it by {self.hop.oif}, and comes before the rule for"
            f" its source, {rule_words(self.by_source)}, which would send it by"
            f" {self.expected.interface}"
        )


def marked_away(context: Context) -> MarkedAway | None:
    """Where the request leaves so, and no answer came; what is answered goes the way that it
    should."""
    if context.findings.flow_works:
        return None
    for hop in context.findings.forward.hops:
        if hop.device is None or not hop.mark:
            continue
        if hop.iif is None or hop.oif is None:
            continue
        found = _at(context, hop, hop.device, hop.mark)
        if found is not None and not context.held(hop.device).answered:
            return found
    return None


def _at(context: Context, hop: Hop, device: str, mark: int) -> MarkedAway | None:
    packet = hop.flow_in.translated(dst=hop.flow_out.dst, dport=hop.flow_out.dport)
    marked = fib.from_tables(context.case, device, packet, hop.iif, mark)
    plain = fib.from_tables(context.case, device, packet, hop.iif, 0)
    by_mark, by_source, expected = marked.rule, plain.rule, plain.chosen
    if by_mark is None or by_source is None or expected is None:
        return None
    if by_mark.mark is None or not _selects_by_source(by_source):
        return None
    if expected.interface in (None, hop.oif):
        return None
    seen = traced(context.case, device, hop.flow_in, hop.iif)
    return MarkedAway(hop, by_mark, by_source, expected, seen, plain.evidence)


def _selects_by_source(rule: PolicyRule) -> bool:
    return rule.source is not None and rule.mark is None


def marked_reasons(context: Context, found: MarkedAway) -> Iterator[Reason]:
    """For and against: the mark is what breaks the flow."""
    yield from both_ends(context)
    name = found.hop.name
    if found.seen is not None and found.seen.oif == found.hop.oif:
        text = (
            f"its own trace shows the packet marked {found.hop.mark:#x} and leaving {name} by"
            f" {found.hop.oif}"
        )
        yield Reason(STRONG, text, (found.seen.evidence,))
    else:
        yield Reason(
            WEAK, f"the rules of {name} mark the packet {found.hop.mark:#x}", found.hop.evidence
        )
    yield Reason(STRONG, f"at {name} {found.text}", found.evidence)
    held = context.held(name)
    if held.half_open:
        yield Reason(WEAK, f"the session of the flow at {name} was never answered", held.evidence)
