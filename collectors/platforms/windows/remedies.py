"""How Windows spells remedies: `route` and `arp`, and `netsh advfirewall` for pings, as its own help
texts write them. No name that a device chose is in any of these commands: cmd and PowerShell quote
differently."""

from __future__ import annotations

import re

from collectors.model.flow import Address
from collectors.model.remedy import Spellers, Spelling, speller
from collectors.model.remedy.filters import AnswerEcho
from collectors.model.remedy.routes import RouteToTranslator, SetRoute
from collectors.model.remedy.sessions import ForgetNeighbour

_MAC = re.compile("[:-]".join(["([0-9A-Fa-f]{2})"] * 6))


def set_route(remedy: SetRoute) -> Spelling | None:
    """A host route that outlives a restart (-p). No command for an address on the link itself, nor
    for a link-local gateway, which needs the number of its interface."""
    target, gateway = remedy.destination, remedy.gateway
    if gateway == target or gateway.is_link_local:
        return None
    proof = f"`Find-NetRoute -RemoteIPAddress {target}` on {remedy.device} names {gateway}"
    if remedy.standing is None:
        return Spelling((_add(target, gateway),), (f"route delete {_host(target)}",), proof=proof)
    before = remedy.gateway_before
    if before is None or before.is_link_local:
        return None
    delete = f"route delete {_host(target)}"
    return Spelling((delete, _add(target, gateway)), (delete, _add(target, before)), proof=proof)


def route_to_translator(remedy: RouteToTranslator) -> Spelling:
    """A host route to the device that translated the requests."""
    way = _add(remedy.destination, remedy.gateway)
    return Spelling((way,), (f"route delete {_host(remedy.destination)}",))


def forget_neighbour(remedy: ForgetNeighbour) -> Spelling | None:
    """`arp` knows IPv4 only."""
    if remedy.address.version != 4:
        return None
    back = "REM nothing: the entry is asked for anew"
    if remedy.fixed and (mac := _MAC.fullmatch(remedy.mac or "")):
        back = f"arp -s {remedy.address} {'-'.join(mac.groups())}"
    return Spelling(
        (f"arp -d {remedy.address}",),
        (back,),
        proof=f"`arp -a {remedy.address}` on {remedy.device} names {remedy.holder}",
    )


def answer_echo(remedy: AnswerEcho) -> Spelling:
    """A rule of Windows' own firewall for echo requests: type 8 of ICMP, 128 of ICMPv6."""
    kind = "icmpv4:8,any" if remedy.version == 4 else "icmpv6:128,any"
    rule = f'rule name="bothways IPv{remedy.version} echo"'
    return Spelling(
        (f"netsh advfirewall firewall add {rule} dir=in action=allow protocol={kind}",),
        (f"netsh advfirewall firewall delete {rule}",),
    )


def _add(target: Address, gateway: Address) -> str:
    return f"route -p add {_host(target)} {gateway}"


def _host(address: Address) -> str:
    return f"{address} mask 255.255.255.255" if address.version == 4 else f"{address}/128"


REMEDIES: Spellers = {
    AnswerEcho: answer_echo,
    ForgetNeighbour: forget_neighbour,
    RouteToTranslator: route_to_translator,
    SetRoute: set_route,
}
spell = speller(REMEDIES)
