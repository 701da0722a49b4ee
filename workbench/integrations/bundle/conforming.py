"""Is a value what a type says, down to its last field? For what was made elsewhere."""

from __future__ import annotations

import collections.abc
import math
import types
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
    if outer is tuple and inner[-1:] != (Ellipsis,):
        fits = isinstance(value, tuple) and len(value) == len(inner)
        return fits and all(map(conforms, value, inner, [depth - 1] * len(inner)))
    if outer in (tuple, list, frozenset, set):
        return isinstance(value, outer) and all(conforms(one, inner[0], depth - 1) for one in value)
    if outer in (dict, collections.abc.Mapping):
        return isinstance(value, dict) and all(
            conforms(key, inner[0], depth - 1) and conforms(item, inner[1], depth - 1)
            for key, item in value.items()
        )
    return False


def _is_plain(value: Any, hint: Any) -> bool:
    if hint is None or hint is type(None):
        return value is None
    if hint is float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and math.isfinite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return isinstance(value, str)  # rows of earlier versions keep the text itself
    return isinstance(hint, type) and isinstance(value, hint)
