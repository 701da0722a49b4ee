"""Which answers carry the verdict, and which devices must see both directions, as the record says
it."""

from __future__ import annotations

from typing import Any

from workbench.report import words
from workbench.report.markup import escape
from workbench.report.picture.model import HopView, load
from workbench.report.postmortem import causes, cited
from workbench.report.postmortem.document import Answered, Postmortem

MOST = 25  # answers that the body names; the appendix has all
MOST_OTHERS = 5


def evidence(postmortem: Postmortem) -> list[str]:
    """The answers behind the verdict, and what else it could have been."""
    verdict = postmortem.verdict
    if not verdict:
        return [causes.NOTHING_FOUND]
    carried = list(dict.fromkeys([*causes.behind(verdict), *_all_ids(verdict)]))
    by_id = {one.id: one for one in postmortem.evidence}
    rows = [_row(by_id[one]) for one in carried[:MOST] if one in by_id]
    return [*_table(rows), *_paths(postmortem), *_others(verdict)]


def _all_ids(verdict: dict[str, Any]) -> list[str]:
    return [one for reason in verdict.get("reasons") or () for one in reason.get("evidence") or ()]


def _row(one: Answered) -> str:
    asked = escape(words.question_title(one.question))
    return f"| [{one.id}] | {escape(one.device)} | {asked} | {one.status} | {one.size} bytes |"


def _table(rows: list[str]) -> list[str]:
    head = "| Answer | Device | What was asked | Status | Size |\n|---|---|---|---|---|"
    return ["\n".join([head, *rows])] if rows else []


def _paths(postmortem: Postmortem) -> list[str]:
    if not postmortem.picture:
        return []
    picture = load(postmortem.picture)
    sides = (("Forward", picture.forward), ("Reverse", picture.reverse))
    lines = [f"- {title}: {_way(side.hops)}" for title, side in sides if side.hops]
    return (
        ["\n".join(["The paths, and the answer that each hop rests on:", "", *lines])]
        if lines
        else []
    )


def _way(hops: tuple[HopView, ...]) -> str:
    return " → ".join(f"{escape(hop.name)}{cited.answers(hop.evidence[:1])}" for hop in hops)


def _others(verdict: dict[str, Any]) -> list[str]:
    lines = [_other(one) for one in (verdict.get("alternatives") or ())[:MOST_OTHERS]]
    return ["\n".join(["What else it could have been:", "", *lines])] if lines else []


def _other(other: dict[str, Any]) -> str:
    sure = round(100 * float(other["confidence"]))
    why = f": {escape(other['refuted_by'])}" if other.get("refuted_by") else ""
    ids = [one for reason in other.get("reasons") or () for one in reason.get("evidence") or ()]
    return f"- {escape(words.cause_title(other['root_cause']))} ({sure} %){why}{cited.answers(ids)}"


def boundaries(postmortem: Postmortem) -> list[str]:
    """Every device on the way that keeps state, and which directions it sees."""
    sides = (postmortem.verdict or {}).get("state_boundaries") or {}
    names = list(dict.fromkeys([*(sides.get("forward") or ()), *(sides.get("reverse") or ())]))
    if not names:
        return ["No device that keeps state is known on either path."]
    head = "| Device | Sees requests | Sees replies | Rests on |\n|---|---|---|---|"
    return ["\n".join([head, *(_boundary(postmortem, name, sides) for name in names)])]


def _boundary(postmortem: Postmortem, name: str, sides: dict[str, list[str]]) -> str:
    sees = ["yes" if name in (sides.get(way) or ()) else "no" for way in ("forward", "reverse")]
    blamed = "**" if name == (postmortem.verdict or {}).get("guilty_node") else ""
    resting = cited.answers(cited.of_hop(postmortem, name)).strip() or "–"
    return f"| {blamed}{escape(name)}{blamed} | {sees[0]} | {sees[1]} | {resting} |"
