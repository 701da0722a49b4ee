"""Is a record made of what its fields promise? Devices write JSON, and JSON may hold anything in any place."""

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

Check = Callable[[Any], bool]
_SIMPLE = (str, bool, type(None), IPv4Address, IPv4Network, IPv6Network)
LARGEST = 1 << 64  # no number that a device has to tell is larger
_ZONE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")
_TOLD = (str, int, IPv4Network, IPv6Network)  # what a condition of a rule may compare with, or pairs of these


def sound(record: Any) -> bool:
    """Has every field a value of the type that the record's class declares, and is no number beyond all measure?"""
    kind: Any = type(record)
    read, checks = _plan(kind)
    values = read(record)
    return all(checks[at](values[at]) for at in _doubtful(kind, *map(type, values)))


@lru_cache(maxsize=1024)
def _doubtful(kind: type, *types: type) -> tuple[int, ...]:
    """Which fields must be looked at: a field of text that holds text needs no look at the text."""
    hints = get_type_hints(kind)
    options = [_options(hints[field.name]) for field in fields(kind)]
    return tuple(at for at, held in enumerate(types) if held not in _SIMPLE or held not in options[at])


@lru_cache(maxsize=64)
def _plan(kind: Any) -> tuple[Callable[[object], tuple[Any, ...]], tuple[Check, ...]]:
    names = tuple(field.name for field in fields(kind))
    hints = get_type_hints(kind)
    get = attrgetter(*names)
    read = get if len(names) > 1 else lambda record: (get(record),)
    return read, tuple(_check(hints[name]) for name in names)


@lru_cache(maxsize=256)
def _check(hint: Any) -> Check:
    """How a value of this annotation is judged."""
    options = _options(hint)
    plain = tuple(o for o in options if o in (bool, str, type(None)))
    others = tuple(_one(option) for option in options if option not in plain)
    known = frozenset(plain)
    return lambda value: type(value) in known or any(check(value) for check in others)


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _one(hint: Any) -> Check:
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint))
    if hint is object:
        return _comparable
    if is_dataclass(hint):
        return lambda value: type(value) is hint and sound(value)
    return _NUMBERS.get(hint) or _of_class(hint)


def _of_class(hint: type) -> Check:
    if hint in (IPv6Address, IPv6Interface):
        return lambda value: type(value) is hint and (value.scope_id is None or bool(_ZONE.fullmatch(value.scope_id)))
    return lambda value: isinstance(value, hint)


def _tuple(inner: tuple[Any, ...]) -> Check:
    checks = tuple(_check(hint) for hint in inner if hint is not Ellipsis)
    if inner[-1:] == (Ellipsis,):
        return lambda value: type(value) is tuple and all(map(checks[0], value))
    return lambda value: (
        type(value) is tuple and len(value) == len(checks) and all(c(v) for c, v in zip(checks, value, strict=True))
    )


def _comparable(value: object) -> bool:
    if isinstance(value, tuple):
        return all(_comparable(part) for part in value)
    return isinstance(value, _TOLD) and (not isinstance(value, int) or _whole(value))


def _whole(value: object) -> bool:
    return isinstance(value, int) and -LARGEST <= value <= LARGEST


def _finite(value: object) -> bool:
    return _whole(value) or (isinstance(value, float) and math.isfinite(value))


_NUMBERS: dict[Any, Check] = {int: _whole, float: _finite}
