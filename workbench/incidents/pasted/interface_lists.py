"""Interfaces that several pastes show: `ip link` shows no addresses, `ip -4 addr` none of IPv6. What an
output does not show is still there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from collectors.model.evidence import Evidence
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface


@dataclass(frozen=True, slots=True)
class Listed:
    """An interface as one output shows it; `versions`: of which IP versions that output shows
    addresses at all."""

    link: Interface
    versions: frozenset[int]

    def addresses(self, version: int) -> tuple[AddressWithPrefix, ...]:
        """Its addresses of one IP version."""
        return tuple(held for held in self.link.addresses if held.version == version)


def listed(item: Evidence) -> Iterator[Listed]:
    """The interfaces of one paste."""
    links = item.of(Interface)
    addresses = chain.from_iterable(link.addresses for link in links)
    versions = frozenset(held.version for held in addresses)
    for link in links:
        yield Listed(link, versions)


def agree(item: Evidence, others: Iterable[Evidence]) -> bool:
    """Do two listings say the same of each interface, as far as both show it?"""
    theirs = list(chain.from_iterable(map(listed, others)))
    return all(_same(one, other) for one in listed(item) for other in theirs)


def _same(one: Listed, other: Listed) -> bool:
    if one.link.name != other.link.name:
        return True
    if one.link.up != other.link.up:
        return False
    both = one.versions & other.versions
    return all(set(one.addresses(version)) == set(other.addresses(version)) for version in both)


def merged(outputs: Iterable[Listed]) -> tuple[Interface, ...]:
    """One record for each interface: what was reported last for each of its sides."""
    found: dict[str, list[Listed]] = {}
    for one in outputs:
        found.setdefault(one.link.name, []).append(one)
    return tuple(_merged(every) for every in found.values())


def _merged(every: list[Listed]) -> Interface:
    newest = every[-1].link
    return Interface(
        newest.name,
        _last(every, "index") or 0,
        _last(every, "mac"),
        _last(every, "mtu") or 0,
        newest.up,
        _last(every, "kind"),
        _last(every, "master"),
        (*_last_addresses(every, 4), *_last_addresses(every, 6)),
        _last(every, "tunnel"),
    )


def _last(every: list[Listed], field: str) -> Any:
    """What the last output says that shows this side of it at all."""
    shown = filter(None, map(attrgetter(field), (one.link for one in reversed(every))))
    return next(shown, None)


def _last_addresses(every: list[Listed], version: int) -> tuple[AddressWithPrefix, ...]:
    for one in reversed(every):
        if version in one.versions:
            return one.addresses(version)
    return ()
