"""To which addresses and ports does one NAT rule translate?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from collectors.model.flow import Address, Protocol, addresses_in
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import FilterRule, NextHop
from workbench.analysis.case.case import Case
from workbench.analysis.device.matching import PacketUnderTest

MOST_TARGETS = 16

_PORT = re.compile(r"(?:^|[\d\]])(?::| ports? )(\d{1,5})(?:-\d+)?$|^(\d{1,5})$")

_WHOLE_NETWORK = re.compile(r"/(\d{1,3})$")  # NETMAP --to 10.50.3.0/24


def targets(
    case: Case, device: str, rule: FilterRule, tested: PacketUnderTest, hop: NextHop | None
) -> Iterator[tuple[Address | None, int | None]]:
    """The address and port that the rule gives; of a range of addresses each."""
    address, port = _target(case, device, rule, tested, hop)
    if address is None and port is None:
        return
    if address is None:
        yield address, port
        return
    for step in range(_size_of_range(rule, address)):
        yield address + step, port


def _size_of_range(rule: FilterRule, first: Address) -> int:
    """How many addresses does the rule choose among, the first of which is this one?"""
    written = _RANGE.search(rule.target or "")
    ends = addresses_in(written[0], first.version) if written is not None else ()
    if len(ends) != 2 or ends[0] != first:
        return 1
    return min(int(ends[1]) - int(ends[0]) + 1, MOST_TARGETS)


_RANGE = re.compile(r"[0-9A-Fa-f.:]{2,45}\]?-\[?[0-9A-Fa-f.:]{2,45}")  # 10.0.0.5-10.0.0.7


def _target(
    case: Case, device: str, rule: FilterRule, tested: PacketUnderTest, hop: NextHop | None
) -> tuple[Address | None, int | None]:
    if rule.verdict == "masquerade":
        return _own_address(case, device, tested, hop), None
    text = (rule.target or "").strip()
    port = _port_in(text, rule, tested)
    if rule.verdict == "redirect":
        return _own_address(case, device, replace(tested, oif=tested.iif), None), port
    address = next(iter(addresses_in(text, tested.flow.version)), None)
    network = _WHOLE_NETWORK.search(text)
    if address is None or network is None:
        return address, port
    before = tested.flow.dst if tested.oif is None else tested.flow.src
    return _moved(before, address, int(network[1])), None


def _port_in(text: str, rule: FilterRule, tested: PacketUnderTest) -> int | None:
    """The port of the target; the ports of a new source are the device's choice."""
    if rule.verdict == "snat" or tested.flow.protocol is Protocol.ICMP:
        return None
    found = _PORT.search(text)
    return int(found[1] or found[2]) if found is not None else None


def _moved(before: Address, network: Address, length: int) -> Address:
    """A network that is turned into another one as a whole: each address keeps its place in it."""
    hosts = (1 << (network.max_prefixlen - length)) - 1
    return type(network)((int(network) & ~hosts) | (int(before) & hosts))


def _own_address(
    case: Case, device: str, tested: PacketUnderTest, hop: NextHop | None
) -> Address | None:
    """The address that it would take for itself on the way out: the one in the next hop's subnet
    first."""
    towards = tested.flow.dst
    if hop is not None and hop.gateway:
        towards = hop.gateway
    own = []
    for port in case.ports_of(device):
        if (port.interface, port.address.version) == (tested.oif, towards.version):
            own.append(port.address)
    best = min(own, key=lambda address: _rank(address, towards), default=None)
    return best.ip if best is not None else None


def _rank(own: AddressWithPrefix, towards: Address) -> tuple[bool, bool]:
    """Link-local ones last, and those of the next hop's subnet first."""
    return own.ip.is_link_local, towards not in own.network
