"""What do neighbour tables say of an address: by which MAC is it known, or was it asked for without
an answer?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.records import Neighbour
from workbench.analysis.case.case import Case
from workbench.analysis.trace.links import on_another_link

DEAD = frozenset({"FAILED", "INCOMPLETE"})


def neighbour_mac(
    case: Case, device: str, oif: str | None, address: Address
) -> tuple[str | None, tuple[str, ...]]:
    """Which MAC does the device hold for that neighbour? The newest live entry counts."""
    for entry, item in _entries(case, device, address):
        there = oif in (None, entry.interface)
        if there and entry.mac and not _unanswered(entry):
            return entry.mac.lower(), (item.id,)
    return None, ()


def gone(case: Case, device: str, address: Address) -> bool:
    """Did the device ask for that neighbour, and nobody answered?"""
    for entry, _ in _entries(case, device, address):
        return _unanswered(entry)
    return False


def nobody_there(case: Case, device: str, oif: str | None, address: Address) -> bool:
    """Did nobody answer for that address on a link where nobody holds it, though somebody does on
    another one?"""
    entries = (entry for entry, _ in _entries(case, device, address))
    latest = next((one for one in entries if oif in (None, one.interface)), None)
    if latest is None or not _unanswered(latest):
        return False
    others = [port for port in case.holders(address) if port.device != device]
    return on_another_link(case, device, oif, others)


def _entries(case: Case, device: str, address: Address) -> Iterator[tuple[Neighbour, Evidence]]:
    """What the device's neighbour table held for that address, newest first."""
    for entry, item in case.all_records(device, Question.NEIGHBOURS, Neighbour):
        if entry.address == address:
            yield entry, item


def _unanswered(entry: Neighbour) -> bool:
    return not DEAD.isdisjoint(entry.states)
