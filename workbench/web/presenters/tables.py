"""The tables that say the same as the figures, for those who cannot see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.incidents.models import Run
from workbench.report.figures.ladder_figure import says
from workbench.report.picture.picture import HopView, Picture


@dataclass(frozen=True, slots=True)
class DirectionTable:
    """One direction of the picture, for the table that says the same as the figure."""

    name: str
    title: str
    outcome: str
    hops: tuple[HopView, ...]


def sides(picture: Picture) -> dict[str, list[DirectionTable]]:
    """Both directions of a picture."""
    forward = DirectionTable(
        "forward", "▼ Forward, client → server", picture.forward.outcome, picture.forward.hops
    )
    reverse = DirectionTable(
        "reverse", "▲ Reverse, server → client", picture.reverse.outcome, picture.reverse.hops
    )
    return {"sides": [forward, reverse]}


def moves(run: Run | None) -> list[dict[str, Any]]:
    """What rose between the two samples, with what it was before, for the table beside the
    figure."""
    return [row | {"before": _before(row)} for row in _drawn(run).get("moves") or []]


def _drawn(run: Run | None) -> dict[str, Any]:
    picture = run.picture if run else None
    return picture or {}


def _before(row: dict[str, Any]) -> int | None:
    return None if row["after"] is None else row["after"] - row["rose"]


def packets(run: Run | None) -> list[dict[str, Any]]:
    """The rows of the ladder with what each shows, for the table beside the figure."""
    ladder = _drawn(run).get("ladder") or {}
    names = [point["device"] for point in ladder.get("points", [])]
    return [
        row | {"says": says(row, names), "at": ", ".join(row["seen"])}
        for row in ladder.get("rows", [])
    ]
