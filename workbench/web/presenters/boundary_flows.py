"""What a device that keeps state does with one flow, in words."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis.case.state_boundary import Holds, Sharing, Sight, StateKept
from workbench.incidents import state_boundaries
from workbench.incidents.models import BoundaryRow
from workbench.report.boundaries import HOLDS_WORDS, KEPT_WORDS, SHARING_WORDS, SIGHT_WORDS


def kept(keeps: Iterable[str]) -> str:
    """Which state a device keeps."""
    return ", ".join(KEPT_WORDS[StateKept(one)] for one in keeps if one)


def in_words(row: BoundaryRow) -> dict[str, object]:
    """One device and one flow, as a line of a table."""
    return {
        "row": row,
        "keeps": kept(row.keeps.split(",")),
        "direction": state_boundaries.direction(row.request, row.reply),
        "request": SIGHT_WORDS[Sight(row.request)],
        "reply": SIGHT_WORDS[Sight(row.reply)],
        "holds": HOLDS_WORDS[Holds(row.holds)],
        "sharing": SHARING_WORDS[Sharing(row.sharing)],
    }
