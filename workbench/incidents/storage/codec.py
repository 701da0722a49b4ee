"""Turns frozen records into JSON and back, without loss, so that what was learnt can be read
again."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from importlib import import_module
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from collectors.model import counters, evidence, flow, inventory, records, settings, step, tunnels
from collectors.model.records import filters, host, probes
from collectors.platforms.linux.chain_places import with_place
from collectors.platforms.linux.counter_meanings import with_meaning as counter_with_meaning
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.rule_meaning import with_meaning
from collectors.platforms.probe_failures import failure_of
from workbench.analysis.case import case, drop, findings, interface_addresses, packet_kinds, verdict
from workbench.analysis.case import run_events as investigation


def modules_of(package: ModuleType) -> tuple[ModuleType, ...]:
    """Every module of this package: a new file of records needs no line here."""
    names = sorted(found.name for found in iter_modules(package.__path__))
    return tuple(import_module(f"{package.__name__}.{name}") for name in names)


_MODULES = (
    *modules_of(records),
    flow,
    inventory,
    counters,
    settings,
    tunnels,
    evidence,
    step,
    case,
    interface_addresses,
    packet_kinds,
    findings,
    investigation,
    drop,
    verdict,
)
# Rows keep classes and fields by their names. Each renaming is one more entry, as {"Old": "New",
# "Old.field": "new"},
# and none is ever taken out: a row tells how many were known when it was written. Values of enums
# never change.
RENAMINGS: tuple[Mapping[str, str], ...] = (
    {  # 0.2.0: the words of the field
        "Inquiry": "Query",
        "Inquiry.about": "params",
        "About": "QueryParams",
        "Evidence.inquiry": "query",
        "Rule": "PolicyRule",
        "Setting": "Sysctl",
        "Reach": "ProbeResult",
        "Trace": "Traceroute",
        "Moment": "RunPhase",
        "Step.moments": "run_phases",
        "Step.inquiries": "queries",
        "Asking.moment": "run_phase",
        "Asking.inquiries": "queries",
        "Port": "InterfaceAddress",
        "Path": "Trace",
        "Path.fate": "disposition",
        "Fate": "Disposition",
        "Sighting": "Observation",
        "Findings.sightings": "observations",
        "AttemptEnd": "ConnState",
    },
    {"Watch": "WatchedFrom"},
    {  # 0.2.0: settings by what they mean
        "Sysctl": "DeviceSetting",
        "Sysctl.key": "name",
        "Sysctl.value": "text",
    },
    {"ProbeResult.told_by": "reported_by"},
)
CLASSES: dict[str, Any] = {
    name: kind
    for module in _MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type)
    and (is_dataclass(kind) or issubclass(kind, Enum))
    and kind.__module__ == module.__name__
}


@cache
def _fields(kind: Any) -> tuple[Field[Any], ...]:
    return fields(kind)


def encode(value: Any) -> Any:
    """Plain JSON for a record, a finding, or a tuple of them. Fields at their default are left
    out."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Enum):
        return {"$": type(value).__name__, "v": value.value}
    if is_dataclass(value):
        return _encode_record(value)
    return _encode_scalar(value)


def _encode_record(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    coded: dict[str, Any] = {"$": kind.__name__}
    for field in _fields(kind):
        item = getattr(value, field.name)
        # what repr hides is secret
        if field.repr and (field.default is MISSING or item != field.default):
            coded[field.name] = encode(item)
    return coded


def _encode_scalar(value: Any) -> Any:
    # before addresses: it is a subclass of them
    if isinstance(value, (IPv4Interface, IPv6Interface)):
        return {"$": "if", "v": str(value)}
    if isinstance(value, (IPv4Address, IPv6Address)):
        return {"$": "ip", "v": str(value)}
    if isinstance(value, (IPv4Network, IPv6Network)):
        return {"$": "net", "v": str(value)}
    if isinstance(value, bytes):
        return {"$": "bytes", "v": base64.b64encode(value).decode()}
    if isinstance(value, (frozenset, set)):
        return {"$": "set", "v": sorted(encode(item) for item in value)}
    if isinstance(value, dict):
        return {"$": "dict", "v": [[encode(key), encode(item)] for key, item in value.items()]}
    raise TypeError(f"cannot keep a {type(value).__name__}")


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "if": ip_interface,
    "ip": ip_address,
    "net": ip_network,
    "bytes": base64.b64decode,
    "set": lambda items: frozenset(decode(item) for item in items),
    "dict": lambda pairs: {decode(key): decode(item) for key, item in pairs},
}


def decode(coded: Any) -> Any:
    """What `encode` was given; lists come back as tuples. Fields that no longer exist are
    ignored."""
    if isinstance(coded, list):
        return tuple(decode(item) for item in coded)
    if not isinstance(coded, dict):
        return coded
    name = coded["$"]
    if name in _SCALARS:
        return _SCALARS[name](coded["v"])
    kind = CLASSES[name]
    if issubclass(kind, Enum):
        return kind(coded["v"])
    known = {field.name for field in _fields(kind)}
    made = kind(**{key: decode(item) for key, item in coded.items() if key in known})
    return _with_meaning(made)


def _with_meaning(made: Any) -> Any:
    """Older rows hold what devices wrote, and not what it means: keys and values of Linux, why a
    probe failed in words, the tables of iptables, what the words of a rule say, and names of
    counters."""
    if isinstance(made, settings.DeviceSetting) and made.knob is None:
        return setting_of(made.name, made.text)
    if isinstance(made, probes.ProbeResult) and made.error is not None and made.failure is None:
        return replace(made, failure=failure_of(made.error))
    if isinstance(made, filters.FilterChain):
        return with_place(made)
    if isinstance(made, host.Counter) and made.meaning is None:
        return counter_with_meaning(made)
    if isinstance(made, filters.FilterRule) and made.meaning == filters.RuleMeaning():
        return with_meaning(made)
    return made


def _renamed(coded: Any, renaming: Mapping[str, str]) -> Any:
    """The same with the names that came after."""
    if isinstance(coded, list):
        return [_renamed(item, renaming) for item in coded]
    if not isinstance(coded, dict):
        return coded
    old = coded["$"]
    fields_now = {
        renaming.get(f"{old}.{key}", key): _renamed(item, renaming) for key, item in coded.items()
    }
    return fields_now | {"$": renaming.get(old, old)}


def pack(value: Any) -> bytes:
    """Encode and compress, for a row."""
    return pack_coded({"renamings": len(RENAMINGS), "kept": encode(value)})


def pack_coded(coded: Any) -> bytes:
    """Compress what `unpack_coded` gave."""
    return zlib.compress(json.dumps(coded, separators=(",", ":")).encode(), 3)


def unpack(packed: bytes | memoryview) -> Any:
    """What `pack` was given, also where classes or fields had other names then."""
    return decode_kept(unpack_coded(packed))


def unpack_coded(packed: bytes | memoryview) -> Any:
    """What a row holds, as plain JSON with the names of when it was written."""
    return json.loads(zlib.decompress(packed))


def decode_kept(row: Any) -> Any:
    """The records in what a row holds."""
    # rows of version 0.1 hold what was kept, and nothing else
    versioned = isinstance(row, dict) and "kept" in row
    known, coded = (row["renamings"], row["kept"]) if versioned else (0, row)
    for renaming in RENAMINGS[known:]:
        coded = _renamed(coded, renaming)
    return decode(coded)
