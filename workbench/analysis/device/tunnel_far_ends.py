"""Behind which far end does a tunnel's forwarding table look for a hardware address, and who is
there in truth?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.tunnels import Peer, Tunnel
from workbench.analysis.case.case import Case
from workbench.analysis.device.tunnels import behind, tunnel_at


@dataclass(frozen=True, slots=True)
class Misplaced:
    """One entry of a tunnel's forwarding table that names another end than the one that has the
    hardware address."""

    entry: Peer
    sender: str
    taker: str  # who has the address that the entry names
    iif: str  # the taker's end of the same tunnel
    meant: str  # who has the hardware address
    right: Address | None  # the address of that one's own end, where it shows one
    evidence: tuple[str, ...]

    @property
    def mac(self) -> str:
        """The hardware address that is looked for behind the wrong end."""
        return self.entry.name


def misplaced(case: Case, device: str, oif: str | None, mac: str | None) -> Misplaced | None:
    """Does the device's own table send the frames for that address to an end where it is not?

    Only where both ends are known to be ends of one tunnel: behind an end of no known tunnel, there
    may be anybody.
    """
    for interface, tunnel in _learning(case, device, oif):
        entry = behind(case, device, interface, mac)
        if entry is None or entry.name != mac or entry.endpoint is None:
            continue
        takers = {held.device for held in case.holders(entry.endpoint)} - {device}
        meant = _with_mac(case, entry.name) - {device}
        if _are_two_devices(takers, meant):
            return _between(case, device, tunnel, entry, takers.pop(), meant.pop())
    return None


def _are_two_devices(takers: set[str], meant: set[str]) -> bool:
    """Is each exactly one, and another one?"""
    return len(takers) == len(meant) == 1 and takers != meant


def _with_mac(case: Case, mac: str) -> set[str]:
    """The devices that have this hardware address."""
    ports = [port for port in case.ports if port.mac]
    return {port.device for port in ports if str(port.mac).lower() == mac}


def _between(
    case: Case, device: str, tunnel: Tunnel, entry: Peer, taker: str, meant: str
) -> Misplaced | None:
    wrong, right = _end(case, taker, tunnel), _end(case, meant, tunnel)
    if wrong is None or right is None:
        return None
    shown = (case.answer(device, Question.TUNNELS), case.answer(meant, Question.INTERFACES))
    evidence = tuple(item.id for item in shown if item)
    return Misplaced(entry, device, taker, wrong[0], meant, right[1].local, evidence)


def _learning(case: Case, device: str, oif: str | None) -> Iterator[tuple[str, Tunnel]]:
    """The tunnel that this interface is, or those that are ports of this bridge, which choose by
    hardware address."""
    for link in case.interfaces(device):
        if oif not in (link.name, link.master):
            continue
        tunnel = tunnel_at(case, device, link.name)
        if tunnel is not None and tunnel.remote is None:
            yield link.name, tunnel


def _end(case: Case, device: str, tunnel: Tunnel) -> tuple[str, Tunnel] | None:
    """The device's own end of that tunnel."""
    for link in case.interfaces(device):
        own = tunnel_at(case, device, link.name)
        if own is not None and (own.kind, own.key) == (tunnel.kind, tunnel.key):
            return link.name, own
    return None
