"""Would a new connection work on two given paths?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Hop, Trace
from workbench.analysis.device.filtering import FilterAction, FilterResult
from workbench.analysis.device.hop_filtering import at_hop, needs_state
from workbench.analysis.device.translation import session_of


class Outlook(StrEnum):
    """What is to be expected of a new connection."""

    FAILS = "fails"
    WORKS = "works"
    UNKNOWN = "unknown"  # not all that decides is known


@dataclass(frozen=True, slots=True)
class Forecast:
    """The outlook of two paths, and what it rests on."""

    outlook: Outlook
    because: str = ""

    @property
    def fails(self) -> bool | None:
        """None = it is unknown."""
        return None if self.outlook is Outlook.UNKNOWN else self.outlook is Outlook.FAILS


_WORKS = Forecast(Outlook.WORKS)


def prospects(case: Case, forward: Trace, reverse: Trace) -> Forecast:
    """Would a new connection fail on these two paths, and why?"""
    for path in (forward, reverse):
        if path.disposition is not Disposition.DELIVERED:
            direction = "reverse" if path.reverse else "forward"
            return Forecast(Outlook.FAILS, f"{direction}: {path.disposition}")
    outlooks = set()
    for found in _at_hops(case, forward, reverse):
        if found.outlook is Outlook.FAILS:
            return found
        outlooks.add(found.outlook)
    if Outlook.UNKNOWN in outlooks:
        return Forecast(Outlook.UNKNOWN, "not all filters are known")
    return _WORKS


def _at_hops(case: Case, forward: Trace, reverse: Trace) -> Iterator[Forecast]:
    """What is to be expected between the ends, device by device, there and back."""
    for path, other in ((forward, reverse), (reverse, forward)):
        for hop in path.hops[1:-1]:
            yield _at_hop(case, hop, path, other)


def _at_hop(case: Case, hop: Hop, path: Trace, other: Trace) -> Forecast:
    """Would its device stop the first packet of that direction?"""
    first = _first_packet(case, hop, path.reverse)
    if first.action.stops:
        return Forecast(Outlook.FAILS, f"{hop.name}: {first.words}")
    needs = _needs_strange_state(case, hop, path, other)
    if needs:
        text = f"{hop.name} sees one direction only and drops what it does not know"
        return Forecast(Outlook.FAILS, text)
    if needs is None or first.action is FilterAction.UNKNOWN:
        return Forecast(Outlook.UNKNOWN)
    return _WORKS


def _first_packet(case: Case, hop: Hop, reverse: bool) -> FilterResult:
    """What becomes of the first packet of that direction: the SYN, or its answer?"""
    if reverse:
        return at_hop(case, hop, "established", "S.", reverse)
    return at_hop(case, hop, "new", "S", reverse)


def _needs_strange_state(case: Case, hop: Hop, path: Trace, other: Trace) -> bool | None:
    """Does it drop what it does not know, and see one direction only? None = not known."""
    if other.hop(hop.device or "") is not None or _shared(case, hop):
        return False
    return needs_state(case, hop, reply=path.reverse)


def _shared(case: Case, hop: Hop) -> bool:
    """Does a partner's session reach this device?"""
    device = case.inventory.named(hop.device) if hop.device else None
    if device is None or not case.inventory.partners(device):
        return False
    open_ends = replace(hop.flow_in, sport=None, dport=None)
    return session_of(case, device.name, open_ends) is not None
