"""One line for each part of the incident's page that is folded away: what is in it, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.web.presenters.progress import Bar
from workbench.web.presenters.verdict import VerdictView

Context = dict[str, Any]


def line(name: str, context: Context) -> str:
    """What the folded part of that name says, in one line; empty where it has nothing to say."""
    return LINES[name](context)


def _why(context: Context) -> str:
    view: VerdictView | None = context["verdict"]
    if view is None:
        return ""
    pro, contra = view.reasons
    first = [pro[0]["text"]] if pro else []
    counted = f"{len(pro)} for, {len(contra)} against"
    others = len(view.alternatives)
    rest = [f"{_many(others, 'other cause')} looked at"] if others else []
    return " · ".join([*first, counted, *rest])


def _spread(context: Context) -> str:
    spread = (context["figures"] or {}).get("spread")
    if not spread:
        return ""
    measured, predicted = spread.get("measured"), spread["predicted"]
    if measured:
        return f"{measured['part']} of {measured['whole']} attempts failed"
    return f"{predicted['part']} of {predicted['whole']} source ports are predicted to fail"


def _ladder(context: Context) -> str:
    packets = context["packets"]()
    lost = sum(1 for row in packets if row["lost"])
    return f"{_many(len(packets), 'packet')}, {lost} lost" if packets else ""


def _moves(context: Context) -> str:
    moves = context["moves"]()
    drops = sum(1 for row in moves if row["kind"] == "drop")
    dropping = f", {_many(drops, 'rule')} that {'drops' if drops == 1 else 'drop'}" if drops else ""
    return f"{_many(len(moves), 'counter')} rose{dropping}" if moves else ""


def _progress(context: Context) -> str:
    devices: list[Bar] = context["devices"]()
    keys = len(context["offered"]())
    waiting = [f"{_many(keys, 'host key')} to confirm"] if keys else []
    if not devices:
        return "".join(waiting)
    asked, answered = sum(bar.asked for bar in devices), sum(bar.good for bar in devices)
    others: dict[str, int] = {}
    for bar in devices:
        for _, word, count in bar.statuses:
            if word != "answered":
                others[word] = others.get(word, 0) + count
    rest = [f"{count} {word}" for word, count in others.items()]
    said = f"{answered} of {asked} questions answered by {_many(len(devices), 'device')}"
    return ", ".join([*waiting, said, *rest])


def _runs(context: Context) -> str:
    run = context["run"]
    if run is None:
        return "none yet"
    speaking = context["speaking"]
    other = speaking.shown not in (None, run)
    shown = [f"run {speaking.shown.number} shown"] if other else []
    return ", ".join([f"run {run.number} {run.state}", *shown])


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


LINES: dict[str, Callable[[Context], str]] = {
    "why": _why,
    "spread": _spread,
    "ladder": _ladder,
    "moves": _moves,
    "progress": _progress,
    "runs": _runs,
}
