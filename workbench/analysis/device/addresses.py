"""Which device has an address?"""

from __future__ import annotations

from collectors.model.flow import Address
from workbench.analysis.case.case import Case


def holds(case: Case, device: str, address: Address) -> bool:
    """Is the device among those that hold this address? Several may: link-local, shared and
    duplicate ones."""
    return any(port.device == device for port in case.holders(address))


def is_own(case: Case, device: str, address: Address) -> bool:
    """Is this one of the addresses of the device's interfaces?"""
    return any(port.address.ip == address for port in case.ports_of(device))
