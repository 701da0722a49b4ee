"""A place on the path that tells nothing of where packets go from there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.model.flow import Address, Flow
from collectors.model.inventory import Device, Role
from workbench.analysis.case.case import Case
from workbench.analysis.trace.links import address_on, facing
from workbench.analysis.trace.next_hops import NextHopDevice

_ENDS = frozenset({Role.CLIENT, Role.SERVER, Role.HOST})


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """A device without login, or an address that nobody in the inventory has."""

    device: str | None
    address: Address | None
    flow: Flow
    visited: frozenset[str]  # devices that the path has visited already
    origin: str | None  # where the path began
    hint: str | None = None  # the device that is next to it in the other direction
    watched: str | None = None  # the last device before it that captured
    since: int = 1  # how many devices, this one included, pass the packet on since then
    sender: str | None = None  # the device before it

    @property
    def behind(self) -> frozenset[str]:
        """The devices that cannot be the next one: those that were visited, and the place itself."""
        return self.visited if self.device is None else self.visited | {self.device}


def is_end(device: Device | None) -> bool:
    """Is it a machine that passes nothing on for others, by its role?"""
    return device is not None and device.role in _ENDS


def arriving_on(
    case: Case, device: str, iif: str | None, *, sure: bool = True, evidence: tuple[str, ...] = ()
) -> NextHopDevice:
    """The device as the next one, by the address of the interface on which packets come in."""
    return NextHopDevice(device, iif, address_on(case, device, iif), sure, evidence)


def the_end(case: Case, device: str, flow: Flow) -> NextHopDevice:
    """The device as the next one that holds the flow's destination; nothing shows it."""
    return NextHopDevice(device, facing(case, device, flow.dst), flow.dst, sure=False)


def only(found: Iterable[NextHopDevice]) -> NextHopDevice | None:
    """The first of them, where all are one device."""
    every = list(found)
    names = {one.device for one in every}
    return every[0] if len(names) == 1 else None
