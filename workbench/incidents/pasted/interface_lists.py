"""Interfaces of which several pastes tell: `ip link` names no addresses, `ip -4 addr` none of IPv6:
none go by that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface


@dataclass(frozen=True, slots=True)
class Listed:
    """An interface as one output tells it; `versions`: of which IP versions that output names
    addresses at all."""

    link: Interface
    versions: frozenset[int]


def listed(item: Evidence) -> Iterator[Listed]:
    """The interfaces of one paste."""
    links = item.of(Interface)
    versions = frozenset(held.version for link in links for held in link.addresses)
    yield from (Listed(link, versions) for link in links)


def agree(item: Evidence, others: Iterable[Evidence]) -> bool:
    """Do two listings say the same of each interface, as far as both tell?"""
    theirs = [one for other in others for one in listed(other)]
    return all(
        _same(one, other)
        for one in listed(item)
        for other in theirs
        if one.link.name == other.link.name
    )


def _same(one: Listed, other: Listed) -> bool:
    both = one.versions & other.versions
    addresses = _of(one.link, both) == _of(other.link, both)
    return addresses and one.link.up == other.link.up


def _of(link: Interface, versions: frozenset[int]) -> set[AddressWithPrefix]:
    return {held for held in link.addresses if held.version in versions}


def merged(told: Iterable[Listed]) -> tuple[Interface, ...]:
    """One record for each interface: what was reported last for each of its sides."""
    found: dict[str, list[Listed]] = {}
    for one in told:
        found.setdefault(one.link.name, []).append(one)
    return tuple(_merged(every) for every in found.values())


def _merged(every: list[Listed]) -> Interface:
    links = [one.link for one in every]
    return Interface(
        links[-1].name,
        next((link.index for link in reversed(links) if link.index), 0),
        next((link.mac for link in reversed(links) if link.mac), None),
        next((link.mtu for link in reversed(links) if link.mtu), 0),
        links[-1].up,
        next((link.kind for link in reversed(links) if link.kind), None),
        next((link.master for link in reversed(links) if link.master), None),
        tuple(held for version in (4, 6) for held in _last(every, version)),
        next((link.tunnel for link in reversed(links) if link.tunnel), None),
    )


def _last(every: list[Listed], version: int) -> tuple[AddressWithPrefix, ...]:
    newest = next((one.link for one in reversed(every) if version in one.versions), None)
    return tuple(held for held in newest.addresses if held.version == version) if newest else ()
