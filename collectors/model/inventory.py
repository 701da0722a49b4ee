"""Which devices exist, which device owns an address, and which devices share state?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Interface, IPv6Interface

from collectors.model.flow import Address

AddressWithPrefix = IPv4Interface | IPv6Interface


class Role(StrEnum):
    """What the device is for; the contract of the inventory file."""

    CLIENT = "client"
    SERVER = "server"
    HOST = "host"
    ROUTER = "router"
    FIREWALL = "firewall"
    NAT = "nat"
    LOAD_BALANCER = "load_balancer"
    IDS = "ids"


STATEFUL_ROLES = frozenset({Role.FIREWALL, Role.NAT, Role.LOAD_BALANCER, Role.IDS})


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach a device over SSH. Secrets are never shown by repr."""

    host: str
    port: int = 22
    user: str = "root"
    key: str | None = None
    known_hosts: str | None = None
    jump: str | None = None
    password: str | None = field(default=None, repr=False)
    key_text: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    # fingerprints ("SHA256:...") of host keys that a person accepted for this device
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """One device as the inventory declares it; what the device says of itself wins over this."""

    name: str
    role: Role
    platform: str = "linux"
    site: str | None = None
    state_group: str | None = None
    addresses: tuple[AddressWithPrefix, ...] = ()
    login: Login | None = None
    sudo: bool = False
    owner: str | None = None  # the people who answer for it

    @property
    def stateful_by_role(self) -> bool:
        """Does the inventory call this a box that keeps state?"""
        return self.role in STATEFUL_ROLES


@dataclass(frozen=True, slots=True)
class Inventory:
    """All devices known to an investigation, in the order of the file."""

    devices: tuple[Device, ...] = ()
    # what the file says and nobody understood
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def named(self, name: str) -> Device | None:
        """The device of that name, or None."""
        return next((device for device in self.devices if device.name == name), None)

    def owner(self, address: Address) -> Device | None:
        """The device that declares that address, or None."""
        for device in self.devices:
            if any(declared.ip == address for declared in device.addresses):
                return device
        return None

    def partners(self, device: Device) -> tuple[Device, ...]:
        """The other members of the device's state group."""
        if device.state_group is None:
            return ()
        return tuple(
            d for d in self.devices if d.state_group == device.state_group and d.name != device.name
        )
