"""A measured figure, the bar that it must meet, and what it is measured against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. bar None = reported only; `baseline` is what the peer took, in the peer's
    unit."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    baseline: float | None = None
    note: str = ""
    at_least: bool = False  # the bar is a floor, not a ceiling

    @property
    def ok(self) -> bool | None:
        """Does it meet its bar? None = there is none."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar


def as_json(figures: Iterable[Figure]) -> str:
    """The contract: name -> value, unit, bar, ok, baseline."""
    return json.dumps({one.name: _fields(one) for one in figures}, indent=1)


def _fields(one: Figure) -> dict[str, object]:
    return {
        "value": round(one.value, 4),
        "unit": one.unit,
        "bar": one.bar,
        "ok": one.ok,
        "baseline": None if one.baseline is None else round(one.baseline, 4),
        **({"note": one.note} if one.note else {}),
    }


def as_row(one: Figure) -> str:
    """One line of the table."""
    sign = {True: "ok", False: "MISSED", None: ""}[one.ok]
    bar = "" if one.bar is None else f"{'>=' if one.at_least else '<='} {one.bar:g}"
    base = "" if one.baseline is None else f"against {one.baseline:.3f}"
    return f"{one.name:34} {one.value:10.3f} {one.unit:6} {bar:10} {sign:7} {base}  {one.note}".rstrip()
