"""The addresses of pages about devices and addresses, whatever their names are."""

from __future__ import annotations

from ipaddress import ip_network

from django.urls import NoReverseMatch, reverse


def device_page(name: str) -> str:
    """The page of a device; empty where no address can say its name: browsers read `.` and `..` as
    places, and a line break ends an address."""
    if not name.strip() or any(part in (".", "..") for part in name.split("/")):
        return ""
    try:
        return reverse("device", args=[name])
    except NoReverseMatch:
        return ""


def address_page(text: str) -> str:
    """The page of an address or a network; empty where the text is neither."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return ""
    alone = network.prefixlen == network.max_prefixlen
    return reverse("address", args=[str(network.network_address) if alone else str(network)])
