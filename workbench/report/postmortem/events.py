"""When it began, what changed, who noticed, what ended it: as the record says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from workbench.report.markup import escape
from workbench.report.postmortem import causes, cited
from workbench.report.postmortem.document import (
    NOT_REPAIRED,
    Happened,
    Postmortem,
    fixes,
    time_text,
)

BEFORE = timedelta(days=1)  # a change that is older is not shown as a trigger
MOST = 30  # lines of the timeline in the body; the appendix has all
MOST_OTHERS = 10  # lines of any other list
MAIN = ("opened", "alert", "change", "judged", "state-changed", "note", "pasted")
OVER = ("mitigated", "resolved")
UNANSWERED = {
    "no answer": "got no answer",
    "refused": "were refused by the device",
    "unparsed": "got an answer that could not be read",
}


def impact(postmortem: Postmortem) -> list[str]:
    """How long it lasted; what it cost is for a person to write."""
    end = _end(postmortem)
    began = time_text(postmortem.opened_at) + cited.event(cited.first(postmortem, "opened"))
    if end is None:
        return [f"It is on record since {began} and not over.", _UNKNOWN_COST]
    time = cited.lasted(end.at - postmortem.opened_at)
    until = f"{time_text(end.at)}{cited.event(end)}"
    return [f"It is on record from {began} until {until}: {time}.", _UNKNOWN_COST]


_UNKNOWN_COST = "Who noticed it and what it cost is not on record."


def _end(postmortem: Postmortem) -> Happened | None:
    """The last change to a state in which it was over, where it still is."""
    if postmortem.state not in OVER:
        return None
    ends = [one for one in cited.every(postmortem, "state-changed") if postmortem.state in one.text]
    return ends[-1] if ends else None


def trigger(postmortem: Postmortem) -> list[str]:
    """What changed before it was reported."""
    changes = [
        one
        for one in cited.every(postmortem, "change")
        if postmortem.opened_at - BEFORE <= one.at <= postmortem.opened_at
    ]
    found = "\n".join(_first(map(cited.line, changes)))
    none = "No change is on record in the day before it was reported."
    seen = [
        f"- {escape(one['device'])}: {escape(one['text'])}{cited.answers(one.get('evidence') or ())}"
        for one in (postmortem.verdict or {}).get("changes") or ()
    ]
    return [
        found or none,
        *(["While the run watched:\n\n" + "\n".join(_first(seen))] if seen else []),
    ]


def detection(postmortem: Postmortem) -> list[str]:
    """Who noticed it, and how long the verdict took."""
    alert, opened = cited.first(postmortem, "alert"), cited.first(postmortem, "opened")
    said = []
    if alert is not None:
        said.append(f"An alert arrived at {time_text(alert.at)}.{cited.event(alert)}")
    if opened is not None:
        at = time_text(opened.at)
        said.append(f"{escape(opened.who)} opened the incident at {at}.{cited.event(opened)}")
    said.append(_took(postmortem))
    return [" ".join(part for part in said if part)]


def _took(postmortem: Postmortem) -> str:
    verdict = cited.judged(postmortem, postmortem.run)
    if verdict is None:
        return "" if postmortem.verdict else causes.NOTHING_FOUND
    time = cited.lasted(verdict.at - postmortem.opened_at)
    return f"Run {postmortem.run} had its verdict {time} later.{cited.event(verdict)}"


def resolution(postmortem: Postmortem) -> list[str]:
    """What was proposed, what was done, and which run shows that it helped."""
    proposed = [_proposed(fix) for fix in fixes(postmortem.verdict or {})]
    done = [one for one in postmortem.timeline if _done(postmortem, one)]
    found = cited.event(cited.judged(postmortem, postmortem.run))
    parts = (
        [f"Proposed by run {postmortem.run}{found}:\n\n" + "\n".join(proposed)] if proposed else []
    )
    parts += ["Done:\n\n" + "\n".join(_first(map(cited.line, done)))] if done else []
    return [*parts, *_repair(postmortem)]


def _done(postmortem: Postmortem, happened: Happened) -> bool:
    after = happened.at >= postmortem.opened_at
    return after and happened.kind in ("change", "state-changed")


def _proposed(fix: dict[str, object]) -> str:
    where = f" on {escape(fix['device'])}" if fix.get("device") else ""
    test = " (to test the hypothesis only)" if fix.get("temporary") else ""
    return f"- {escape(fix['title'])}{where}{test}"


def _repair(postmortem: Postmortem) -> list[str]:
    repair = postmortem.repair
    if repair is None:
        return [NOT_REPAIRED] if (postmortem.verdict or {}).get("verdict") == "broken" else []
    proof = cited.event(cited.judged(postmortem, repair.run))
    says = f"Run {repair.run}: **{escape(repair.headline)}.** {escape(repair.sentence)}{proof}"
    rows = [
        f"| {escape(what)} | {escape(was)} | {escape(now)} |" for what, was, now in repair.changes
    ]
    head = f"| | Run {postmortem.run} | Run {repair.run} |\n|---|---|---|"
    return [says, "\n".join([head, *rows])] if rows else [says]


def timeline(postmortem: Postmortem) -> list[str]:
    """What was pinned; where nothing was, what people did and what runs found."""
    pinned = [one for one in postmortem.timeline if one.pinned]
    main = [one for one in postmortem.timeline if one.kind in MAIN]
    shown = pinned or main
    lines = [*_by_day(shown[:MOST])]
    left = len(shown) - MOST
    more = [f"… and {left} more, in the appendix."] if left > 0 else []
    return ["\n".join(lines), *more] if lines else ["Nothing is on record."]


def _by_day(shown: list[Happened]) -> Iterator[str]:
    day = ""
    for one in shown:
        if f"{one.at:%Y-%m-%d}" != day:
            yield from ([""] if day else [])
            day = f"{one.at:%Y-%m-%d}"
            yield from (f"**{day} (UTC)**", "")
        yield cited.line(one)


def went_well(postmortem: Postmortem) -> list[str]:
    """What the record shows to have worked."""
    lines = []
    verdict, proof = postmortem.verdict or {}, postmortem.repair
    judged = cited.judged(postmortem, postmortem.run)
    if judged is not None and verdict.get("verdict") == "broken" and verdict.get("guilty_node"):
        time = cited.lasted(judged.at - postmortem.opened_at)
        where = escape(verdict["guilty_node"])
        lines.append(f"- {where} was named {time} after the report.{cited.event(judged)}")
    if proof is not None:
        shown = cited.event(cited.judged(postmortem, proof.run))
        lines.append(f"- Run {proof.run} proved the repair.{shown}")
    return ["\n".join(lines)] if lines else [_NOTHING]


def went_badly(postmortem: Postmortem) -> list[str]:
    """What the record shows to have cost time."""
    lines = [*_unreached(postmortem), *_unanswered(postmortem), *_taken_back(postmortem)]
    return ["\n".join(_first(lines))] if lines else [_NOTHING]


def _first(lines: Iterable[str]) -> list[str]:
    """A list that stays short in the body."""
    found = list(lines)
    left = len(found) - MOST_OTHERS
    return [*found[:MOST_OTHERS], f"- … and {left} more."] if left > 0 else found


_NOTHING = "Nothing of this is on record."


def _unreached(postmortem: Postmortem) -> Iterator[str]:
    for name in (postmortem.verdict or {}).get("unreached") or ():
        ids = [one.id for one in postmortem.evidence if one.device == name]
        yield f"- {escape(name)} could not be asked.{cited.answers(ids[:1])}"


def _unanswered(postmortem: Postmortem) -> Iterator[str]:
    for status, said in UNANSWERED.items():
        ids = [one.id for one in postmortem.evidence if one.status == status]
        if ids:
            asked = len(postmortem.evidence)
            yield f"- {len(ids)} of {asked} questions {said}.{cited.answers(ids)}"


def _taken_back(postmortem: Postmortem) -> Iterator[str]:
    for one in cited.every(postmortem, "state-changed"):
        if one.text.startswith("took back"):
            yield f"- {escape(one.who)} {escape(one.text)}.{cited.event(one)}"


def lucky(postmortem: Postmortem) -> list[str]:
    """What the record cannot know."""
    return [_NOTHING]
