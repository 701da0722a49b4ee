"""Who has a page open: each person once, and nobody for longer than they are heard of."""

from __future__ import annotations

import pytest

from workbench.incidents.live.presence import BEAT, FORGOTTEN, Present, doing_words


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


def test_of_two_pages_of_a_person_the_one_that_spoke_last_counts() -> None:
    present = Present()
    present.met("page-1", "ada", 0, "is on fw-a")
    present.met("page-2", "ada", 1, "is writing a note")
    present.met("page-3", "bob", 1)
    assert present.doing() == {"ada": "is writing a note"}
    present.left("page-2")
    assert present.doing() == {"ada": "is on fw-a"}
    assert present.names(FORGOTTEN + 1) == []
    assert present.doing() == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("device fw-b", "is on fw-b"),
        ("note", "is writing a note"),
        ("postmortem", "is writing the postmortem"),
        ("device {0.__class__}\x1b\n", "is on {0.__class__}"),
        ("device " + "x" * 500, "is on " + "x" * 60),
        ("device", ""),
        ("-", ""),
        ("shouts loudly", ""),
    ],
)
def test_a_page_can_say_only_what_has_words(said: str, words: str) -> None:
    assert doing_words(said) == words
