"""Does a device's log show that it stops the flow now? Its lines may be old, and its rules changed
since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Protocol
from collectors.model.records import FilterChain
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.device.filtering import FilterAction, FilterResult
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.logbook import UNKNOWN_SEGMENT, LoggedRefusal, refusals
from workbench.analysis.device.matching import State
from workbench.analysis.device.rulesets import ruleset

_FLAGS = {"SYN": "S", "SYN-ACK": "S.", "ACK": ".", "data": "P."}


def refused_at(case: Case, hop: Hop, reverse: bool) -> LoggedRefusal | None:
    """The lines that show where the flow stops: of no other time, and not against the rules in
    force."""
    for one in refusals(case, hop.device or "", (hop.flow_in, hop.flow_out)):
        if not one.shows_where:
            continue
        if one.recent or let_pass(case, hop, one, reverse) is None:
            return one
    return None


def let_pass(case: Case, hop: Hop, refusal: LoggedRefusal, reverse: bool) -> FilterResult | None:
    """What the rules in force would do with such a packet, where they surely let it pass. None =
    not so."""
    if not refusal.explained and not _shows_all(case, hop):
        return None
    flags = _FLAGS.get(refusal.packet) if hop.flow_in.protocol is Protocol.TCP else None
    # the worst that its state can be
    state: State = "invalid" if _may_be_stray(hop, refusal) else "new"
    found = at_hop(case, hop, state, flags, reverse)
    return found if found.action is FilterAction.ACCEPT else None


def _may_be_stray(hop: Hop, refusal: LoggedRefusal) -> bool:
    """Can such a packet fit no session?"""
    if refusal.strange:
        return True
    if hop.flow_in.protocol is not Protocol.TCP:
        return False
    return refusal.packet not in ("SYN", UNKNOWN_SEGMENT)


def _shows_all(case: Case, hop: Hop) -> bool:
    """Are the filters of that hook among what the device shows? A pasted table is often one of
    several."""
    hook = "forward" if hop.oif is not None else "input"
    return any(_usual_filter_of(hook, one) for one in ruleset(case, hop.device or "").base)


def _usual_filter_of(hook: str, chain: FilterChain) -> bool:
    """Do filters of that hook usually stand in this chain?"""
    if not chain.usual or chain.kind == "nat":
        return False
    return chain.hook == hook


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Lines that are not about this failure, and why."""

    device: str
    reverse: bool
    text: str
    evidence: tuple[str, ...]


def dismissed(case: Case, paths: tuple[Trace, ...]) -> Iterator[Dismissed]:
    """What the logs on the way name as refused, of another time or against the rules in force."""
    for path in paths:
        for hop in path.hops:
            if refused_at(case, hop, path.reverse) is None:
                yield from _lines(case, hop, path.reverse)


def _lines(case: Case, hop: Hop, reverse: bool) -> Iterator[Dismissed]:
    for one in refusals(case, hop.device or "", (hop.flow_in, hop.flow_out)):
        log = f"{hop.name}: {one.words}"
        now = let_pass(case, hop, one, reverse) if one.pasted else None
        if now is not None:
            text = f"{log}, but the rules that it shows let a packet like this pass"
            yield Dismissed(hop.name, reverse, text, (*one.evidence, *now.evidence))
        elif one.old:
            text = f"{log}: too old to be about this failure"
            yield Dismissed(hop.name, reverse, text, one.evidence)
