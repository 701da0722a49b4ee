"""Does a device's log tell that it stops the flow now? Its lines may be old, and its rules changed
since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Protocol
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.device.filtering import FilterAction, FilterResult
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.logbook import UNTOLD, LoggedRefusal, refusals
from workbench.analysis.device.rulesets import ruleset

_FLAGS = {"SYN": "S", "SYN-ACK": "S.", "ACK": ".", "data": "P."}


def refused_at(case: Case, hop: Hop, reverse: bool) -> LoggedRefusal | None:
    """The lines that tell where the flow stops: of no other time, and not against the rules in
    force."""
    for told in refusals(case, hop.device or "", (hop.flow_in, hop.flow_out)):
        if told.telling and (told.recent or let_pass(case, hop, told, reverse) is None):
            return told
    return None


def let_pass(case: Case, hop: Hop, told: LoggedRefusal, reverse: bool) -> FilterResult | None:
    """What the rules in force would do with such a packet, where they surely let it pass. None =
    not so."""
    tcp = hop.flow_in.protocol is Protocol.TCP
    # the worst that its state can be
    stray = told.strange or (tcp and told.packet not in ("SYN", UNTOLD))
    found = at_hop(
        case, hop, "invalid" if stray else "new", _FLAGS.get(told.packet) if tcp else None, reverse
    )
    sure = told.explained or _shows_all(case, hop)
    return found if sure and found.action is FilterAction.ACCEPT else None


def _shows_all(case: Case, hop: Hop) -> bool:
    """Are the filters of that hook among what the device shows? A pasted table is often one of
    several."""
    hook = "forward" if hop.oif is not None else "input"
    chains = (
        one
        for one in ruleset(case, hop.device or "").base
        if one.hook == hook and one.kind != "nat"
    )
    return any(one.usual for one in chains)


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Lines that do not tell of this failure, and why."""

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
    for told in refusals(case, hop.device or "", (hop.flow_in, hop.flow_out)):
        now = let_pass(case, hop, told, reverse) if told.pasted else None
        if now is not None:
            text = (
                f"{hop.name}: {told.words}, but the rules that it shows let a packet like this pass"
            )
            yield Dismissed(hop.name, reverse, text, (*told.evidence, *now.evidence))
        elif told.old:
            text = f"{hop.name}: {told.words}: too old to be about this failure"
            yield Dismissed(hop.name, reverse, text, told.evidence)
