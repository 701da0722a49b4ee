"""Does a device keep state about the flow, and of which kind?"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Boundary, Hop
from workbench.analysis.device.addresses import holds
from workbench.analysis.device.hop_filtering import needs_state
from workbench.analysis.device.translation import session_of

_BY_ROLE = {
    Role.FIREWALL: Boundary.FIREWALL,
    Role.NAT: Boundary.NAT,
    Role.LOAD_BALANCER: Boundary.LOAD_BALANCER,
    Role.IDS: Boundary.IDS,
}


def boundary(case: Case, hop: Hop, *, reply: bool) -> Boundary | None:
    """What kind of state does this hop keep about the flow? A router that tracks but never drops is
    no boundary."""
    device = case.inventory.named(hop.device) if hop.device else None
    if device is None:
        return None
    if _between(case, hop):
        return Boundary.NAT if _translates(hop) else Boundary.FIREWALL
    if _is_an_end(case, hop):
        return None  # the ends always see both directions
    if _translates(hop):
        return _TRANSLATORS.get(device.role, Boundary.NAT)
    if device.role in _BY_ROLE:
        return _BY_ROLE[device.role]
    return Boundary.FIREWALL if _keeps_state(case, hop, reply) else None


_TRANSLATORS = {Role.LOAD_BALANCER: Boundary.LOAD_BALANCER}


def _translates(hop: Hop) -> bool:
    return hop.flow_in != hop.flow_out


def _is_an_end(case: Case, hop: Hop) -> bool:
    """Does the flow begin or end at this hop?"""
    if hop.iif is None:
        return True
    return hop.oif is None and case.reached(hop.device or "")


def _keeps_state(case: Case, hop: Hop, reply: bool) -> bool:
    needs = needs_state(case, hop, reply=reply)
    if needs is None:
        return _waits(case, hop)
    return needs


def _between(case: Case, hop: Hop) -> bool:
    """Is it neither end, of unknown ports, and does its table hold the flow?"""
    if not hop.unrouted or _holds_an_end(case, hop):
        return False
    return session_of(case, hop.device or "", hop.flow_in) is not None


def _holds_an_end(case: Case, hop: Hop) -> bool:
    """Has the device the flow's source or its target?"""
    ends = (hop.flow_in.src, hop.flow_out.dst)
    return any(holds(case, hop.device or "", address) for address in ends)


def _waits(case: Case, hop: Hop) -> bool:
    """Does its table hold the flow as never answered? Then it keeps state, whatever it does not
    show of its rules."""
    held = session_of(case, hop.device or "", hop.flow_in)
    return held is not None and held[0].unreplied
