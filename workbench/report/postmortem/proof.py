"""Which answers carry the verdict, and which devices must see both directions, as the record says
it."""

from __future__ import annotations

from typing import Any

from workbench.report import words
from workbench.report.boundaries import BoundaryLine, boundaries_of, lines, sentence
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
    """Which device expects to see both directions, and what each one that keeps state sees."""
    found = boundaries_of(postmortem.verdict, postmortem.picture)
    if not found:
        return ["No device that keeps state is known on either path."]
    protocol = postmortem.flow.partition(" ")[0]
    unreached = (postmortem.verdict or {}).get("unreached") or ()
    behind = [row.evidence[:1] for row in found if row.expects_both and not row.end]
    resting = cited.answers(one for ids in behind for one in ids)
    answer = f"{escape(sentence(found, protocol, unreached))}{resting}"
    return [answer, "\n".join([_BOUNDARIES, *map(_boundary, lines(found))])]


_BOUNDARIES = (
    "| Device | Keeps | Sees the request | Sees the reply | Holds the session | Rests on |\n"
    "|---|---|---|---|---|---|"
)


def _boundary(line: BoundaryLine) -> str:
    blamed = "**" if line.suspect else ""
    resting = cited.answers(line.evidence).strip() or "–"
    cells = (line.keeps, line.request, line.reply, line.holds)
    told = " | ".join(map(escape, cells))
    return f"| {blamed}{escape(line.device)}{blamed} | {told} | {resting} |"
