"""Numbers of one answer that counts: what rises between two of them?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from collectors.model.evidence import Evidence
from collectors.model.records import Counter, FilterRule


class Samples(NamedTuple):
    """Two answers to one question: before the window, and after it."""

    before: Evidence
    after: Evidence

    @classmethod
    def of(cls, answers: Iterable[Evidence]) -> Samples | None:
        """The first one before the window and the last one after it; None = one of them is not
        there."""
        before = after = None
        for item in answers:
            if item.params.sample == "before" and before is None:
                before = item
            if item.params.sample == "after":
                after = item
        if before is None or after is None:
            return None
        return cls(before, after)


def all_counted(item: Evidence) -> bool:
    """Is a number that is not in it zero? Not where it was cut, or where a person pasted a part."""
    return item.whole and item.pasted_by is None


def numbers(item: Evidence) -> dict[str, int]:
    """Every number of that answer: counters as `scope/name`, packets of filter rules by their
    key."""
    found = {counter_key(one): one.value for one in item.of(Counter)}
    for rule in item.of(FilterRule):
        if rule.packets is not None:
            found[rule.key] = rule.packets
    return found


def counter_key(counter: Counter) -> str:
    """One counter of a device: what it is of, and its name."""
    return f"{counter.scope}/{counter.name}"


def rises(pair: Samples) -> dict[str, int]:
    """By how much did each number rise? One that fell was set back, and says nothing."""
    before, new_begin_at_zero = numbers(pair.before), all_counted(pair.before)
    found: dict[str, int] = {}
    for key, value in numbers(pair.after).items():
        comparable = key in before or new_begin_at_zero
        start = before.get(key, 0)
        if comparable and value >= start:
            found[key] = value - start
    return found
