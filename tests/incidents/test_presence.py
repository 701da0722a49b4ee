"""Who has a page open: each person once, and nobody for longer than they are heard of."""

from __future__ import annotations

from workbench.incidents.live.presence import BEAT, FORGOTTEN, Present


def test_a_person_with_two_pages_is_there_once() -> None:
    present = Present()
    present.met("page-1", "ada", 0)
    present.met("page-2", "ada", 0)
    present.met("page-3", "bob", 0)
    assert present.names(1) == ["ada", "bob"]
    present.left("page-1")
    assert present.names(1) == ["ada", "bob"]
    present.left("page-2")
    assert present.names(1) == ["bob"]


def test_whose_page_was_lost_without_a_goodbye_is_forgotten() -> None:
    present = Present()
    present.met("lost", "ada", 0)
    present.met("alive", "bob", 0)
    present.met("alive", "bob", 2 * BEAT)
    assert present.names(2 * BEAT) == ["ada", "bob"]
    assert present.names(FORGOTTEN + 1) == ["bob"]


def test_a_goodbye_from_a_stranger_changes_nothing() -> None:
    present = Present()
    present.left("nobody")
    assert present.names(0) == []
