"""Answers of yes, no, or "it cannot be known" (None): what follows from several of them?"""

from __future__ import annotations

from collections.abc import Iterable

Answer = bool | None


def all_of(answers: Iterable[Answer]) -> Answer:
    """Is every answer a yes? One no decides, whatever is unknown."""
    found = set(answers)
    if False in found:
        return False
    return None if None in found else True


def any_of(answers: Iterable[Answer]) -> Answer:
    """Is one answer a yes? One yes decides, whatever is unknown."""
    found = set(answers)
    if True in found:
        return True
    return None if None in found else False


def turned(answer: Answer, *, negated: bool) -> Answer:
    """The answer to a question that may ask for the opposite; what is unknown stays so."""
    if answer is None or not negated:
        return answer
    return not answer
