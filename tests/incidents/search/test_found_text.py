"""What was found is shown where it stands, as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.incidents.search.found_text import AROUND, Phrase, Piece, excerpt, marked


def shown(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "phrase", "as_shown"),
    [
        ("Timeouts on fw-a", Phrase(("time",), True), "[Timeouts] on fw-a"),
        ("Timeouts on fw-a", Phrase(("time",), False), "Timeouts on fw-a"),
        ("Timeouts on FW-A", Phrase(("fw", "a"), False), "Timeouts on [FW-A]"),
        ("le café, cafe\u0301s", Phrase(("cafe",), True), "le [café], [caf\u00e9s]"),
        ("<b>x</b>", Phrase(("x",), False), "<b>[x]</b>"),
        ("a a a", Phrase(("a", "a"), False), "[a a] a"),
    ],
)
def test_words_are_marked_as_they_were_written(text: str, phrase: Phrase, as_shown: str) -> None:
    assert shown(marked(text, [phrase])) == as_shown


def test_an_excerpt_stands_around_the_first_place_and_ends_between_words() -> None:
    text = "first words " * 20 + "then the reset came " + "last words " * 20
    found = shown(excerpt(text, [Phrase(("reset",), False)]))
    assert found.startswith("… ") and found.endswith(" …") and "then the [reset] came" in found
    assert len(found) < 2 * AROUND + 20
    assert set(found.replace("[", "").replace("]", "").split()) <= {*text.split(), "…"}
    assert excerpt(text, [Phrase(("nothing",), True)]) == ()


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=3))
def test_no_text_breaks_it_and_nothing_is_lost(text: str, said: list[str]) -> None:
    from workbench.incidents.search.words import words

    phrases = [Phrase(tuple(found), True) for one in said if (found := words(one))]
    import unicodedata

    assert "".join(p.text for p in marked(text, phrases)) == unicodedata.normalize("NFC", text)
    excerpt(text, phrases)
