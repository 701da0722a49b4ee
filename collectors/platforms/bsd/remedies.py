"""How the BSDs and macOS spell remedies: route(8), arp(8), ndp(8) and sysctl(8), in the words that all
of them take. What they spell differently (pf, policy routes) is shown in words."""

from __future__ import annotations

from collectors.model.flow import Address
from collectors.model.remedy import Spellers, Spelling, speller
from collectors.model.remedy.routes import RouteToTranslator, SetRoute, StartForwarding
from collectors.model.remedy.sessions import ForgetNeighbour
from collectors.platforms.linux.remedies.quoting import word

_FORWARDS = {4: "net.inet.ip.forwarding", 6: "net.inet6.ip6.forwarding"}
_MAIN = (None, "", "main")


def set_route(remedy: SetRoute) -> Spelling | None:
    """A host route; one that stands is changed, and changed back. No command for other tables, and
    for an address on the link itself."""
    target, gateway = remedy.destination, remedy.gateway
    if remedy.table not in _MAIN or gateway == target:
        return None
    before = remedy.gateway_before
    if remedy.standing is not None and before is None:
        return None
    way = _host(target)
    proof = f"`route -n get {_family(target)}{target}` on {remedy.device} names {gateway}"
    new = _scoped(gateway, remedy.interface)
    if before is not None:
        return Spelling(
            (f"route change {way} {new}",),
            (f"route change {way} {_scoped(before, remedy.interface)}",),
            proof=proof,
        )
    return Spelling((f"route add {way} {new}",), (f"route delete {way} {new}",), proof=proof)


def route_to_translator(remedy: RouteToTranslator) -> Spelling:
    """A host route to the device that translated the requests."""
    way = f"{_host(remedy.destination)} {remedy.gateway}"
    return Spelling((f"route add {way}",), (f"route delete {way}",))


def start_forwarding(remedy: StartForwarding) -> Spelling:
    """One switch for each version of IP, for all interfaces."""
    key = _FORWARDS[remedy.destination.version]
    return Spelling(
        (f"sysctl -w {key}=1",),
        (f"sysctl -w {key}=0",),
        side_effects="it then passes on packets that come in on any interface, until it is restarted",
    )


def forget_neighbour(remedy: ForgetNeighbour) -> Spelling:
    """A deleted entry is asked for anew; a wrong one can be put back as it was."""
    tool = "arp" if remedy.address.version == 4 else "ndp"
    address = _scoped(remedy.address, remedy.interface)
    back = "# nothing: the entry is asked for anew"
    if remedy.mac is not None:
        back = f"{tool} -s {address} {word(remedy.mac)}" + ("" if remedy.fixed else " temp")
    return Spelling(
        (f"{tool} -d {address}",),
        (back,),
        proof=f"`{tool} -an` on {remedy.device} names {remedy.holder}",
    )


def _family(address: Address) -> str:
    return "" if address.version == 4 else "-inet6 "


def _host(address: Address) -> str:
    return f"{_family(address)}-host {address}"


def _scoped(address: Address, interface: str | None) -> str:
    """A link-local address is written with its interface: fe80::1%em0."""
    return word(f"{address}%{interface}") if address.is_link_local and interface else str(address)


REMEDIES: Spellers = {
    ForgetNeighbour: forget_neighbour,
    RouteToTranslator: route_to_translator,
    SetRoute: set_route,
    StartForwarding: start_forwarding,
}
spell = speller(REMEDIES)
