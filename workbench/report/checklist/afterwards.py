"""Points 10 to 12: was the repair tested, made for good, and is it watched? From the record."""

from __future__ import annotations

from workbench.report.checklist.facts import Afterwards
from workbench.report.checklist.points import BY_NUMBER
from workbench.report.checklist.words import Mark, Row


def afterwards(after: Afterwards) -> tuple[Row, Row, Row]:
    """The three rows about the repair."""
    if after.fault is None and after.healthy is not None:
        why = f"Run {after.healthy} found no fault: nothing has to be repaired."
        skipped = [Row(BY_NUMBER[n], Mark.SKIPPED, "Bothways", why) for n in (10, 11)]
        return skipped[0], skipped[1], _watched(after)
    return _tested(after), _repaired(after), _watched(after)


def _tested(after: Afterwards) -> Row:
    point = BY_NUMBER[10]
    change = after.changes[-1] if after.changes else None
    if change is not None and after.checked is not None:
        result = "the flow works" if after.checked_ok else "the flow is not seen to work"
        tells = f"After the change{_on(change.device)}: {result}."
        return Row(point, Mark.RUN, change.who, tells, after.checked)
    if change is not None:
        tells = f"Partly: changed{_on(change.device)}, and no run has looked since."
        return Row(point, Mark.PARTLY, change.who, tells)
    if after.proof is not None:
        tells = (
            f"Partly: run {after.proof} shows that the flow works, and nobody wrote down what was"
            " changed."
        )
        return Row(point, Mark.PARTLY, finding=tells, run=after.proof)
    back = after.taken_back
    if back is not None:
        tells = f"The change{_on(back.device)} was rolled back."
        return Row(point, Mark.OPEN, back.who, tells)
    return Row(point, Mark.OPEN)


def _on(device: str) -> str:
    return f" on {device}" if device else ""


def _repaired(after: Afterwards) -> Row:
    point = BY_NUMBER[11]
    shown = f"run {after.proof} shows that it works" if after.proof else ""
    if after.state == "resolved" and shown:
        return Row(point, Mark.HAND, after.resolved_by, f"Resolved; {shown}.", after.proof)
    if after.state == "resolved":
        tells = "Partly: resolved, and no run shows that the flow works."
        return Row(point, Mark.PARTLY, after.resolved_by, tells)
    if after.state == "mitigated":
        more = f" {shown[0].upper()}{shown[1:]}." if shown else ""
        tells = f"Partly: mitigated, not resolved.{more}"
        return Row(point, Mark.PARTLY, after.resolved_by, tells, after.proof)
    if shown:
        tells = f"Partly: {shown}, and the incident is not resolved."
        return Row(point, Mark.PARTLY, finding=tells, run=after.proof)
    return Row(point, Mark.OPEN)


def _watched(after: Afterwards) -> Row:
    point = BY_NUMBER[12]
    if after.items_done and not after.items_open:
        return Row(point, Mark.HAND, finding=f"{_items(after.items_done)} done.")
    if after.items_open:
        tells = f"Partly: {_items(after.items_open)} open, {after.items_done} done."
        return Row(point, Mark.PARTLY, finding=tells)
    if after.watches:
        tells = f"{after.watches} signals to watch are in the postmortem; nobody says that they are"
        return Row(point, Mark.OPEN, finding=f"{tells} in place.")
    return Row(point, Mark.OPEN)


def _items(count: int) -> str:
    return f"{count} action item{'s' if count != 1 else ''}"
