"""What a step may know of the case before it decides which devices to ask."""

from __future__ import annotations

from tests.analysis.watched import CLOSED, Watched, back, there
from workbench.analysis.step_view import CaseView


def unheard(watched: Watched) -> list[str]:
    return [device.name for device in CaseView(watched.found().case).unheard]


def test_an_end_whose_data_is_lost_is_unheard() -> None:
    """r1 drops each copy of what one end sends."""
    request = tuple(there(2.0 + later) for later in (0.0, 0.4, 1.2, 2.8))
    answer = tuple(back(2.0 + later) for later in (0.0, 0.4, 1.2, 2.8))
    assert unheard(Watched((*CLOSED[:7], *request), unheard=request)) == ["c1"]
    assert unheard(Watched((*CLOSED[:7], *answer), unheard=answer)) == ["s1"]


def test_nobody_is_unheard_where_all_arrives() -> None:
    assert unheard(Watched(CLOSED)) == []
