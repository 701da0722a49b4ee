"""Sentences of the record with what they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from workbench.report.markup import emphasised, escape
from workbench.report.picture.model import load
from workbench.report.postmortem.document import Happened, Postmortem

MOST = 4  # references behind one sentence: the first ones carry it


def answers(ids: Iterable[str], run: int | None = None) -> str:
    """References to answers, with a space before them; `run` is given where it is not the run that
    the postmortem is about."""
    of = f"run {run} " if run is not None else ""
    return "".join(f" [{of}{one}]" for one in list(dict.fromkeys(ids))[:MOST])


def event(happened: Happened | None) -> str:
    """A reference to a line of the timeline, with a space before it."""
    return f" [n{happened.seq}]" if happened and happened.seq else ""


def line(happened: Happened) -> str:
    """One event as a line of a list: when, who, what, and where it stands in the record."""
    said = " ".join(part for part in (happened.text, happened.body.replace("\n", " ")) if part)
    short = said if len(said) <= 240 else f"{said[:239]}…"
    shown = emphasised(short) if happened.kind == "note" else escape(short)
    at = happened.at.strftime("%H:%M:%S")
    return f"- {at} **{escape(happened.who)}** {shown}{event(happened)}"


def first(postmortem: Postmortem, *kinds: str) -> Happened | None:
    """The first event of these kinds."""
    return next(iter(every(postmortem, *kinds)), None)


def every(postmortem: Postmortem, *kinds: str) -> list[Happened]:
    """Every event of these kinds, in order."""
    return [one for one in postmortem.timeline if one.kind in kinds]


def judged(postmortem: Postmortem, run: int | None) -> Happened | None:
    """The event in which a run gave its last verdict."""
    found = [one for one in every(postmortem, "judged") if one.run == run]
    return found[-1] if found else None


def of_hop(postmortem: Postmortem, name: str) -> list[str]:
    """The answers that the hops of a device rest on."""
    if not postmortem.picture:
        return []
    picture = load(postmortem.picture)
    hops = [hop for side in (picture.forward, picture.reverse) for hop in side.hops]
    return [one for hop in hops if name in (hop.key, hop.name) for one in hop.evidence[:2]]


def lasted(time: timedelta) -> str:
    """A duration in words: 40 s, 12 min, 3 h 05 min."""
    seconds = round(time.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
