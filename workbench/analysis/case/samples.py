"""Numbers of one answer that counts: what rises between two of them?"""

from __future__ import annotations

from collectors.model.evidence import Evidence
from collectors.model.records import Counter, FilterRule


def all_counted(item: Evidence) -> bool:
    """Is a number that is not in it zero? Not where it was cut, or where a person pasted a part."""
    return item.whole and item.pasted_by is None


def numbers(item: Evidence) -> dict[str, int]:
    """Every number of that answer: counters as `scope/name`, packets of filter rules by their key."""
    found = {f"{one.scope}/{one.name}": one.value for one in item.of(Counter)}
    found.update(
        (rule.key, rule.packets) for rule in item.of(FilterRule) if rule.packets is not None
    )
    return found
