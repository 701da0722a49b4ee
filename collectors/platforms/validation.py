"""Is a record made of what its fields promise? Devices write JSON, and JSON may hold anything in
any place."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from operator import attrgetter
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from collectors.model.settings import DeviceSetting

Check = Callable[[Any], bool]
_SIMPLE = (str, bool, type(None), IPv4Address, IPv4Network, IPv6Network)
LARGEST = 1 << 64  # no number that a device has to tell is larger
_PORT, _BYTE, _WORD, _LONG = (0, 65535), (0, 255), (0, (1 << 32) - 1), (0, LARGEST)
_MOMENT = (-1e5, 1e11)  # epoch seconds until the year 5138; time since a capture began is one, too
Span = tuple[float, float]
# What a field can hold, by its name, which means the same in every record, or by its record and
# name: an MTU, a time to
# live, a sequence number; RFC 791, 9293, 8200, and the sizes of the kernel's own counters.
SPANS: dict[str | tuple[str, str], Span] = {
    **dict.fromkeys(("sport", "dport", "local_port", "remote_port", "ip_id", "icmp_id"), _PORT),
    **dict.fromkeys(("ttl", "tos", "icmp"), _BYTE),
    **dict.fromkeys(("seq", "ack", "mark", "mask", "metric", "goto"), _WORD),
    **dict.fromkeys(("mtu", "icmp_mtu", "pmtu", "mss", "length", "payload", "size"), (0, 1 << 31)),
    **dict.fromkeys(
        ("send_queue", "recv_queue", "retransmits", "total_retransmits", "timeout"), (0, 1 << 40)
    ),
    **dict.fromkeys(("packets", "bytes", "value", "id", "index", "position"), _LONG),
    **dict.fromkeys(("rtt_ms", "rtts_ms", "rtt_var_ms"), (0, 1e7)),
    **dict.fromkeys(("version", "family"), (4, 6)),
    "weight": (0, 65536),
    "time": _MOMENT,
    ("Clock", "offset"): (-1e11, 1e11),
    ("Clock", "uncertainty"): (0, 1e6),
    ("PolicyRule", "priority"): _WORD,
    ("FilterChain", "priority"): (-(1 << 31), 1 << 31),
}
_ZONE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")
_PLAIN = frozenset({bool, str, type(None)})
# what a condition of a rule may compare with, or pairs of these
_PLAIN_VALUES = (str, int, IPv4Network, IPv6Network)


def validate_record(record: Any) -> bool:
    """Has every field a value of the type that the record's class declares, and is no number beyond
    all measure?"""
    kind: Any = type(record)
    read, checks = _plan(kind)
    values = read(record)
    if kind is DeviceSetting and not _holds_a_number(values[1]):
        return False
    return all(checks[at](values[at]) for at in _doubtful(kind, *map(type, values)))


def _holds_a_number(text: object) -> bool:
    """Text that is a number is one that a kernel holds; `²` is a digit for Python only."""
    if not isinstance(text, str) or not text.isdigit():
        return True
    return text.isascii() and len(text) <= 20


@lru_cache(maxsize=1024)
def _doubtful(kind: type, *types: type) -> tuple[int, ...]:
    """Which fields must be looked at: a field of text that holds text needs no look at the text."""
    hints = get_type_hints(kind)
    options = [_options(hints[field.name]) for field in fields(kind)]
    return tuple(
        at for at, held in enumerate(types) if held not in _SIMPLE or held not in options[at]
    )


@lru_cache(maxsize=64)
def _plan(kind: Any) -> tuple[Callable[[object], tuple[Any, ...]], tuple[Check, ...]]:
    names = tuple(field.name for field in fields(kind))
    hints = get_type_hints(kind)
    get = attrgetter(*names)
    read = get if len(names) > 1 else lambda record: (get(record),)
    return read, tuple(_field(kind, name, hints[name]) for name in names)


def _field(kind: Any, name: str, hint: Any) -> Check:
    """The value's type, and whether it is a number that this field can hold."""
    check, span = _check(hint), SPANS.get((kind.__name__, name)) or SPANS.get(name)
    if span is None:
        return check
    low, high = span
    return lambda value: check(value) and _within(value, low, high)


def _within(value: object, low: float, high: float) -> bool:
    if isinstance(value, tuple):
        return all(_within(one, low, high) for one in value)
    if isinstance(value, int | float):
        return low <= value <= high
    return True


@lru_cache(maxsize=256)
def _check(hint: Any) -> Check:
    """How a value of this annotation is judged."""
    options = _options(hint)
    plain = frozenset(options) & _PLAIN
    others = [_one(option) for option in options if option not in plain]
    return lambda value: type(value) in plain or any(check(value) for check in others)


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _one(hint: Any) -> Check:
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint))
    if hint is object:
        return _comparable
    if is_dataclass(hint):
        return lambda value: type(value) is hint and validate_record(value)
    return _NUMBERS.get(hint) or _of_class(hint)


def _of_class(hint: type) -> Check:
    if hint in (IPv6Address, IPv6Interface):
        return lambda value: type(value) is hint and _plain_zone(value)
    return lambda value: isinstance(value, hint)


def _plain_zone(address: IPv6Address | IPv6Interface) -> bool:
    zone = address.scope_id
    return zone is None or _ZONE.fullmatch(zone) is not None


def _tuple(inner: tuple[Any, ...]) -> Check:
    checks = tuple(_check(hint) for hint in inner if hint is not Ellipsis)
    if inner[-1:] == (Ellipsis,):
        return lambda value: type(value) is tuple and all(map(checks[0], value))
    return lambda value: type(value) is tuple and _all_fit(checks, value)


def _all_fit(checks: tuple[Check, ...], values: tuple[Any, ...]) -> bool:
    if len(values) != len(checks):
        return False
    return all(check(value) for check, value in zip(checks, values, strict=True))


def _comparable(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_comparable, value))
    if isinstance(value, int):
        return _whole(value)
    return isinstance(value, _PLAIN_VALUES)


def _whole(value: object) -> bool:
    return isinstance(value, int) and -LARGEST <= value <= LARGEST


def _finite(value: object) -> bool:
    return _whole(value) or (isinstance(value, float) and math.isfinite(value))


_NUMBERS: dict[Any, Check] = {int: _whole, float: _finite}
