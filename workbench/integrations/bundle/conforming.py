"""Is a value what a type says, down to its last field? For what was made elsewhere."""

from __future__ import annotations

import collections.abc
import math
import types
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from workbench.incidents.storage import codec

DEEPEST = 40  # one value within another


def conforms(value: Any, hint: Any, depth: int = DEEPEST) -> bool:
    """Is this value of this type? `Any` takes records that conform to their own classes."""
    if depth == 0:
        return False
    if hint is Any or (isinstance(hint, type) and is_dataclass(hint)):
        of_kind = hint is Any or isinstance(value, hint)
        return of_kind and conforms_to_itself(value, depth)
    if get_origin(hint) in (Union, types.UnionType):
        return any(conforms(value, one, depth) for one in get_args(hint))
    if get_origin(hint) is not None:
        return _conforms_inside(value, get_origin(hint), get_args(hint), depth)
    return _is_plain(value, hint)


def conforms_to_itself(value: Any, depth: int = DEEPEST) -> bool:
    """Do all records in this value hold what their classes say?"""
    if depth == 0:
        return False
    if isinstance(value, (tuple, list, frozenset)):
        return all(conforms_to_itself(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return all(conforms_to_itself(item, depth - 1) for item in value.values())
    if is_dataclass(value) and not isinstance(value, type):
        hints = hints_of(type(value))
        return all(
            conforms(getattr(value, one.name), hints[one.name], depth - 1) for one in fields(value)
        )
    return not isinstance(value, float) or math.isfinite(value)


@cache
def hints_of(kind: Any) -> dict[str, Any]:
    """The types of the fields of a record."""
    return get_type_hints(kind, localns=codec.CLASSES)


def _conforms_inside(value: Any, outer: Any, inner: tuple[Any, ...], depth: int) -> bool:
    of_fixed_length = outer is tuple and inner[-1:] != (Ellipsis,)
    if of_fixed_length:
        fits = isinstance(value, tuple) and len(value) == len(inner)
        return fits and _all_conform(zip(value, inner, strict=True), depth)
    if outer in (tuple, list, frozenset, set):
        return isinstance(value, outer) and _all_conform(((one, inner[0]) for one in value), depth)
    if outer in (dict, collections.abc.Mapping):
        return isinstance(value, dict) and _mapping_conforms(value, inner, depth)
    return False


def _mapping_conforms(value: dict[Any, Any], inner: tuple[Any, ...], depth: int) -> bool:
    keys, items = ((key, inner[0]) for key in value), ((one, inner[1]) for one in value.values())
    return _all_conform(keys, depth) and _all_conform(items, depth)


def _all_conform(pairs: Iterable[tuple[Any, Any]], depth: int) -> bool:
    """Does each value conform to its type, one level further in?"""
    return all(conforms(value, hint, depth - 1) for value, hint in pairs)


def _is_number(value: Any, *, whole: bool) -> bool:
    """A finite one; `True` is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) if whole else math.isfinite(value)


def _is_plain(value: Any, hint: Any) -> bool:
    if hint is None or hint is type(None):
        return value is None
    if hint in (int, float):
        return _is_number(value, whole=hint is int)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return isinstance(value, str)  # rows of earlier versions keep the text itself
    return isinstance(hint, type) and isinstance(value, hint)
