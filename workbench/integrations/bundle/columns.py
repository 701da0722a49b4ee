"""How a column of a row is written into a bundle, and how it is read and judged again."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from workbench.incidents.models.incident import name_of
from workbench.incidents.storage import codec
from workbench.incidents.storage.evidence_rows import clean
from workbench.integrations.bundle.conforming import conforms
from workbench.integrations.bundle.refusal import BadBundle

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
LARGEST = 1e11  # of a number with a fraction: seconds since 1970 stay a date
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a line. `read` raises BadBundle for what the row cannot hold."""

    name: str  # in the bundle
    attribute: str  # of the row
    write: Callable[[Any], Any]  # row -> JSON
    read: Callable[[Any], Any]  # JSON -> value of the attribute
    default: Any = ABSENT  # where an older bundle has no such column


def plain(
    model: type[models.Model], name: str, check: Callable[[Any], bool] | None = None
) -> Column:
    """A column that is JSON as it stands. `check`: of which shape its JSON is."""
    field: Any = model._meta.get_field(name)

    def read(said: Any) -> Any:
        value = _typed(field, said)
        if check is not None and value is not None and not check(value):
            raise BadBundle("has another shape than it may have")
        return value

    default = field.get_default() if field.has_default() or field.null else ABSENT
    return Column(name, name, lambda row: _said(getattr(row, name)), read, default)


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    return value


def _typed(field: Any, said: Any) -> Any:
    """The value of a field. Raises BadBundle."""
    if said is None:
        if not field.null:
            raise BadBundle("is missing")
        return None
    value = clean(READERS[_kind(field)](said))
    if field.choices and value not in {choice for choice, _ in field.flatchoices}:
        raise BadBundle(f"is {str(value)[:40]!r}, which this version does not know")
    try:
        field.run_validators(value)
    except ValidationError as error:
        raise BadBundle(f"is refused: {error.messages[0]}") from None
    return value


def _kind(field: Any) -> str:
    kinds = (
        (models.DateTimeField, "time"),
        (models.DateField, "date"),
        (models.BooleanField, "flag"),
        (models.IntegerField, "number"),
        (models.FloatField, "fraction"),
        (models.JSONField, "json"),
        (models.BinaryField, "bytes"),
    )
    return next((name for kind, name in kinds if isinstance(field, kind)), "text")


def _of(hint: Any, words: str) -> Callable[[Any], Any]:
    def read(said: Any) -> Any:
        if not conforms(said, hint):
            raise BadBundle(f"is no {words}")
        return said

    return read


def _fraction(said: Any) -> float:
    value = _of(float, "number")(said)
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise BadBundle("is too large a number")
    return float(value)


def _time(said: Any) -> datetime:
    try:
        at = datetime.fromisoformat(_of(str, "time")(said))
        if at.tzinfo is not None and EARLIEST <= at < LATEST:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadBundle("is no time with its zone between 1970 and 2200")


def _date(said: Any) -> date:
    try:
        return date.fromisoformat(_of(str, "date")(said))
    except ValueError:
        raise BadBundle("is no date") from None


def raw_bytes(said: Any) -> bytes:
    """Bytes that were written in base64. Raises BadBundle."""
    try:
        return base64.b64decode(_of(str, "text")(said), validate=True)
    except (binascii.Error, ValueError):
        raise BadBundle("is no base64") from None


READERS: dict[str, Callable[[Any], Any]] = {
    "time": _time,
    "date": _date,
    "flag": _of(bool, "true or false"),
    "number": _of(int, "whole number"),
    "fraction": _fraction,
    "json": lambda said: said,
    "bytes": raw_bytes,
    "text": _of(str, "text"),
}


def person(model: type[models.Model], name: str) -> Column:
    """Somebody by name: they are no user where the bundle is read."""
    kept: Any = model._meta.get_field(f"{name}_name")

    def write(row: Any) -> str:
        return name_of(getattr(row, name), getattr(row, f"{name}_name"))

    return Column(name, f"{name}_name", write, lambda said: _typed(kept, said), "")


def zipped(name: str, attribute: str) -> Column:
    """Bytes that rows keep compressed and bundles do not: the file is compressed as a whole."""

    def write(row: Any) -> str:
        return base64.b64encode(zlib.decompress(getattr(row, attribute))).decode()

    return Column(name, attribute, write, lambda said: zlib.compress(raw_bytes(said), 3))


def records(name: str, attribute: str, hint: Any, null: bool = False) -> Column:
    """Records that rows keep coded: the same code, uncompressed. They are decoded here, so that
    only what can be read later is taken."""

    def write(row: Any) -> Any:
        packed = getattr(row, attribute)
        return codec.unpack_coded(packed) if packed is not None else None

    def read(said: Any) -> bytes | None:
        if said is None and null:
            return None
        if not _decodes(said, hint):
            raise BadBundle("holds records that this version cannot read")
        return codec.pack_coded(said)

    return Column(name, attribute, write, read)


# decoders of records raise many things on what was not made by an encoder
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)


def _decodes(said: Any, hint: Any) -> bool:
    try:
        return conforms(codec.decode_kept(said), hint)
    except _UNREADABLE:
        return False
