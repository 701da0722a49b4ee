"""Which addresses may be reached from here? Those of the public internet, and the networks that
BOTHWAYS_SEND_NETWORKS names: a target must not become a way into this network."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings

Address = IPv4Address | IPv6Address
NAT64 = ip_network("64:ff9b::/96")


class MayNotReach(Exception):
    """The address is none that news may be sent to; the message says why, without the URL."""


def resolve(host: str, port: int) -> Address:
    """The address of a host, asked for once: whoever connects, connects to this one. Raises
    MayNotReach."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise MayNotReach("the name of the host has no address") from None
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        check(address)
    return addresses[0]


def check(address: Address) -> None:
    """Raises MayNotReach for what is neither public nor named by the settings."""
    meant = _meant(address)
    if not (_public(meant) or _named(meant)):
        raise MayNotReach(
            f"{meant} is not an address of the public internet; BOTHWAYS_SEND_NETWORKS can allow it"
        )


def _meant(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _named(address: Address) -> bool:
    networks = (ip_network(text, strict=False) for text in settings.SEND_NETWORKS)
    return any(address in network for network in networks)
