"""Which rows come next? Paging that stays right while rows are added: a cursor names the last row
that was seen, not how many there were before it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
LONGEST = 1000  # characters of a cursor


class BadCursor(ValueError):
    """This is no cursor that was given out here, or it is of another order."""


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows in their order; a cursor is None where nothing comes in that direction."""

    rows: list[M]
    next: str | None
    previous: str | None = None


def page(rows: QuerySet[M], order: Sequence[str], cursor: str, size: int) -> Page[M]:
    """The `size` rows after (or before) a cursor, the first ones without one. `order` names columns
    that are never null, as `order_by` does; together they are unique. Raises BadCursor."""
    backwards, values = _read(cursor, len(order)) if cursor else (False, [])
    towards = [_turned(name) for name in order] if backwards else list(order)
    narrowed = rows.filter(_beyond(towards, values)) if values else rows
    found = list(narrowed.order_by(*towards)[: size + 1])
    more, kept = len(found) > size, found[:size]
    if backwards:
        kept.reverse()
    comes, came = (True, more) if backwards else (more, bool(values))
    return Page(
        kept,
        _written(order, kept[-1], backwards=False) if kept and comes else None,
        _written(order, kept[0], backwards=True) if kept and came else None,
    )


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes after these values; the first condition, which the others imply, lets the database
    begin in the middle of an index."""
    first, column = order[0], order[0].lstrip("-")
    wanted = Q(**{f"{column}__{'lte' if first.startswith('-') else 'gte'}": values[0]})
    after = Q()
    for place, name in enumerate(order):
        same = {one.lstrip("-"): value for one, value in zip(order[:place], values, strict=False)}
        further = "lt" if name.startswith("-") else "gt"
        after |= Q(**same, **{f"{name.lstrip('-')}__{further}": values[place]})
    return wanted & after


def _written(order: Sequence[str], row: Model, backwards: bool) -> str:
    values = [_plain(getattr(row, name.lstrip("-"))) for name in order]
    text = json.dumps([int(backwards), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _read(cursor: str, columns: int) -> tuple[bool, list[Any]]:
    try:
        padded = cursor[:LONGEST] + "=" * (-len(cursor) % 4)
        backwards, *values = json.loads(base64.b64decode(padded, b"-_", validate=True))
        found = [_value(value) for value in values]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadCursor("this is no cursor that was given out here") from None
    if len(found) != columns:
        raise BadCursor("this cursor is of a list in another order")
    return bool(backwards), found


def _value(plain: Any) -> Any:
    if isinstance(plain, dict):
        at = datetime.fromisoformat(plain["at"])
        if at.tzinfo is None:
            raise ValueError("no time zone")
        return at
    if not isinstance(plain, int | str) or (isinstance(plain, str) and "\0" in plain):
        raise TypeError("neither a number nor a text")
    return plain
