"""What broke and why, as the record says it."""

from __future__ import annotations

from typing import Any

from workbench.report import words
from workbench.report.markup import escape
from workbench.report.postmortem import cited
from workbench.report.postmortem.document import Postmortem, time_text

NOTHING_FOUND = "No run has come to a verdict yet."


def summary(postmortem: Postmortem) -> list[str]:
    """What happened, in three sentences."""
    verdict = postmortem.verdict
    if not verdict:
        return [_reported(postmortem), NOTHING_FOUND]
    found = f"**{escape(postmortem.headline)}.** {escape(postmortem.sentence)}"
    return [found + cited.answers(behind(verdict)), _reported(postmortem), _since(postmortem)]


def _reported(postmortem: Postmortem) -> str:
    opened = cited.first(postmortem, "opened")
    who = f" by {escape(opened.who)}" if opened else ""
    at = time_text(postmortem.opened_at)
    return f"`{postmortem.flow}` was reported at {at}{who}.{cited.event(opened)}"


def _since(postmortem: Postmortem) -> str:
    repair, judged = postmortem.repair, cited.judged(postmortem, postmortem.run)
    shown = f"Run {postmortem.run} showed it{cited.event(judged)}"
    if repair is None:
        return f"{shown}; no later run shows that the flow works."
    proof = cited.event(cited.judged(postmortem, repair.run))
    at = f" at {time_text(repair.at)}" if repair.at else ""
    return f"{shown}; run {repair.run} showed{at} that the flow works again{proof}."


def behind(verdict: dict[str, Any]) -> list[str]:
    """The answers that carry a verdict: those that show the drop, else those of its weightiest
    reasons."""
    drop = verdict.get("drop") or {}
    reasons = sorted(_for(verdict), key=lambda reason: -float(reason["weight"]))
    ids = [one for reason in reasons[:3] for one in reason.get("evidence") or ()]
    return list(drop.get("evidence") or ids)


def _for(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    return [reason for reason in verdict.get("reasons") or () if float(reason["weight"]) > 0]


def causes(postmortem: Postmortem) -> list[str]:
    """Why, and what contributed."""
    verdict = postmortem.verdict
    if not verdict:
        return [NOTHING_FOUND]
    meaning = words.cause_meaning(str(verdict.get("root_cause", "")))
    parts = (meaning, _where(postmortem, verdict), _reasons(verdict), _contributing(verdict))
    return [part for part in parts if part]


def _where(postmortem: Postmortem, verdict: dict[str, Any]) -> str:
    said = []
    if verdict.get("guilty_node"):
        side = f", on the {verdict['direction']} path" if verdict.get("direction") else ""
        resting = cited.answers(behind(verdict))
        said.append(f"It broke at **{escape(verdict['guilty_node'])}**{escape(side)}.{resting}")
    if verdict.get("decided_by"):
        resting = cited.answers(cited.of_hop(postmortem, verdict["decided_by"]))
        said.append(f"**{escape(verdict['decided_by'])}** sends the packets that way.{resting}")
    drop = verdict.get("drop")
    if drop:
        seen = escape(words.drop_words(drop)).replace("seen", "Seen", 1)
        said.append(f"{seen}.{cited.answers(drop.get('evidence') or ())}")
    return " ".join(said)


def _reasons(verdict: dict[str, Any]) -> str:
    return "\n".join(f"- {reason(one)}" for one in _for(verdict))


def reason(one: dict[str, Any]) -> str:
    """A reason with its weight and the answers behind it."""
    return f"({float(one['weight']):+g}) {escape(one['text'])}{cited.answers(one.get('evidence') or ())}"


def _contributing(verdict: dict[str, Any]) -> str:
    mistakes = [
        f"- {escape(one['name'])}: {escape(one['behind'])} Signs: {escape('; '.join(one['signs']))}."
        for one in verdict.get("mistakes") or ()
    ]
    also = [
        f"- Also found: {escape(words.cause_title(one['root_cause']))}{_of_its_reasons(one)}."
        for one in verdict.get("also") or ()
    ]
    found = "\n".join([*mistakes, *also])
    return f"Contributing:\n\n{found}" if found else ""


def _of_its_reasons(other: dict[str, Any]) -> str:
    return cited.answers(
        one for reason in other.get("reasons") or () for one in reason.get("evidence") or ()
    )
