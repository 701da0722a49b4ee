"""What may be typed on ToyOS."""

from __future__ import annotations

from collectors.model.grammar import Grammar, Program, Words


def _endless(words: Words) -> bool:
    return words[1:] == ("endless",)


GRAMMAR = Grammar(
    {
        "show": Program("shows what the system knows, and has no words that change anything"),
        "screen": Program("`endless` turns off the pager of this login alone", _endless),
    }
)
