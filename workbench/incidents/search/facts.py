"""What can an incident be found by, as one of its events says it? No database here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from workbench.incidents.models import AddressMention, DeviceMention, Event
from workbench.incidents.search.words import LONGEST_TEXT, Address, addresses, names, words

Kind = Event.Kind
Device, Place = DeviceMention.Role, AddressMention.Role
# what people and machines wrote to be read; progress of runs is not
TOLD = frozenset(
    {
        Kind.OPENED,
        Kind.NOTE,
        Kind.JUDGED,
        Kind.STATE_CHANGED,
        Kind.HEAD_CHANGED,
        Kind.FLOW_CHANGED,
        Kind.FLOW_ADDED,
        Kind.CORRECTED,
        Kind.CHANGE,
        Kind.CHECK,
        Kind.POSTMORTEM,
        Kind.ACTION_ITEM,
        Kind.ALERT,
        Kind.IMPORTED,
    }
)
FLOWS = frozenset({Kind.OPENED, Kind.FLOW_CHANGED, Kind.FLOW_ADDED})
LOOKED_AT = TOLD | {Kind.ASKING, Kind.WALKED, Kind.PASTED}


@dataclass(frozen=True, slots=True)
class Facts:
    """What one event adds to what its incident is found by."""

    words: str = ""
    devices: frozenset[tuple[str, str]] = frozenset()  # name, role
    addresses: frozenset[tuple[Address, str]] = frozenset()  # address, role
    perhaps_devices: tuple[str, ...] = ()  # names in a text that may be those of devices


NOTHING = Facts()


def facts(kind: str, payload: Mapping[str, Any], device: str = "") -> Facts:
    """What an event says."""
    if kind not in LOOKED_AT:
        return NOTHING
    if kind == Kind.ASKING:
        return _of_names((str(query[0]), Device.ASKED) for query in payload.get("inquiries", ()))
    if kind == Kind.WALKED:
        hops = [*payload.get("forward", ()), *payload.get("reverse", ())]
        return _of_names((str(hop), Device.PATH) for hop in hops)
    if kind == Kind.PASTED:
        return _of_names([(device, Device.PASTED)])
    return _told(kind, payload, device)


def _told(kind: str, payload: Mapping[str, Any], device: str) -> Facts:
    text = " ".join(texts(counting(kind, payload)))[:LONGEST_TEXT]
    blamed = _of_names(_blamed(payload)) if kind == Kind.JUDGED else NOTHING
    place = Place.FLOW if kind in FLOWS else Place.VERDICT if kind == Kind.JUDGED else Place.NAMED
    named = {(device, Device.NAMED.value)} if device else set()
    return Facts(
        " ".join(words(text)),
        blamed.devices | named,
        blamed.addresses | {(address, place.value) for address in addresses(text)},
        tuple(names(text)),
    )


def _blamed(payload: Mapping[str, Any]) -> Iterator[tuple[str, DeviceMention.Role]]:
    if payload.get("final"):
        yield str(payload.get("guilty_node") or ""), Device.GUILTY
        yield str(payload.get("decided_by") or ""), Device.DECIDED


def _of_names(found: Iterable[tuple[str, DeviceMention.Role]]) -> Facts:
    """Names that are addresses are those of hops that could not be asked."""
    devices, hops = set(), set()
    for name, role in found:
        try:
            hops.add((ip_address(name), Place.PATH.value))
        except ValueError:
            if name not in ("", "?"):
                devices.add((name[:100], role.value))
    return Facts(devices=frozenset(devices), addresses=frozenset(hops))


def counting(kind: str, payload: Mapping[str, Any]) -> Any:
    """What of a payload is looked for: of a correction what it says, and not what it was."""
    return payload.get("text") if kind == Kind.CORRECTED else payload


def texts(value: Any, depth: int = 4) -> Iterator[str]:
    """Every text in a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and depth:
        for item in value.values():
            yield from texts(item, depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for item in value:
            yield from texts(item, depth - 1)
