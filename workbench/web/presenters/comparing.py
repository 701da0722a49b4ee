"""What two runs tell differently, in words."""

from __future__ import annotations

from typing import Any

from workbench.incidents.queries import RunDifference
from workbench.report import words

COMPARED = {
    "flow": "Flow",
    "root_cause": "Cause",
    "verdict": "Verdict",
    "guilty_node": "Where",
    "direction": "Direction",
    "decided_by": "Path chosen by",
    "confidence": "Confidence",
    "divergent": "The directions differ",
    "forward_path": "Forward path",
    "reverse_path": "Reverse path",
    "drop": "Drop",
}


def change(found: RunDifference) -> dict[str, str]:
    """One difference between two runs, in words."""
    return {
        "title": COMPARED.get(found.what, found.what),
        "was": _compared(found.what, found.before),
        "now": _compared(found.what, found.after),
    }


def _compared(what: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return " → ".join(map(str, value))
    if isinstance(value, dict):
        return words.drop_words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if what == "confidence":
        return f"{round(100 * value)} %"
    return words.cause_title(value) if what == "root_cause" else str(value)
