"""Is a packet refused by the reverse-path check because its target was translated before that
check?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.settings import ReversePathMode
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import rule_words
from workbench.analysis.device import fib
from workbench.analysis.device.reverse_path import (
    mode_of,
    reverse_path_mode,
    unknown_strictness,
    unless_loose,
)
from workbench.analysis.device.traced_packets import ends_translated
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import STRONG, WEAK, both_ends
from workbench.analysis.trace.parting import main_route

HINT = 1.5  # a trace that ends tells where, a log may have been cut


@dataclass(frozen=True, slots=True)
class TranslatedCheck:
    """The trace of the packet ends at `rule`; without the policy rule for its old target the way
    back is `other`."""

    hop: Hop
    rule: str
    by: str
    other: str
    evidence: tuple[str, ...]
    unknown: str = ""  # the value, not known, that might make its check loose

    @property
    def text(self) -> str:
        """What the check finds."""
        return (
            f"its check on {self.hop.iif} is strict{unless_loose(self.unknown)} and comes after"
            f" that translation: only for the old target the way back is {self.hop.iif} ({self.by}),"
            f" else {self.hop.flow_in.src} is reached by {self.other}"
        )


def translated_checks(context: Context) -> Iterator[TranslatedCheck]:
    """Every device on the way out where that is so; the new target is not known, so its way back is
    the plain one."""
    for hop in context.findings.forward.hops:
        if hop.device is not None and hop.iif is not None and hop.flow_in.version == 4:
            yield from _at(context, hop, hop.device, hop.iif)


def _at(context: Context, hop: Hop, device: str, iif: str) -> Iterator[TranslatedCheck]:
    ended = ends_translated(context.case, device, hop.flow_in, iif)
    setting, shown = reverse_path_mode(context.case, device, iif)
    back = fib.from_tables(context.case, device, hop.flow_in.reversed())
    plain = main_route(context.case, device, hop.flow_in.src)
    strict = mode_of(setting) is ReversePathMode.STRICT
    if ended is None or not strict or plain is None:
        return
    if back.rule is None or back.rule.source is None:
        return
    ways = {one.interface for one in plain.next_hops}
    if iif in {one.interface for one in back.next_hops} and iif not in ways and None not in ways:
        other = " or ".join(sorted(str(way) for way in ways))
        yield TranslatedCheck(
            hop,
            ended[0],
            rule_words(back.rule),
            other,
            (ended[1], *shown, *back.evidence),
            unknown_strictness(context.case, device, iif),
        )


def translated_reasons(context: Context, found: TranslatedCheck) -> Iterator[Reason]:
    """For and against: that check is what breaks the flow."""
    yield from both_ends(context)
    text = (
        "the last that its own trace shows of the packet is a translation of its target"
        f" ({found.rule})"
    )
    yield Reason(HINT, f"{text}; no chain behind routing saw it", found.evidence[:1])
    weight = WEAK if found.unknown else STRONG
    yield Reason(weight, f"{found.hop.name}: {found.text}", found.evidence[1:])
