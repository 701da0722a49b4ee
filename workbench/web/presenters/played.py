"""An incident as it was known at one moment, as the page that plays it shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.incidents.as_of import AsOf
from workbench.incidents.models import Incident
from workbench.report import words
from workbench.web.presenters.verdict import VerdictView, verdict_view

ENDED = {"done": "ended", "failed": "failed", "cancelled": "was stopped", "interrupted": "was lost"}


@dataclass(frozen=True, slots=True)
class Played:
    """One moment."""

    moment: AsOf
    verdict: VerdictView | None  # the final one that stood
    so_far: str  # a verdict that was not final, in words
    tone: str  # of that one

    @property
    def running(self) -> str:
        """What was going on, in one sentence; empty = no run yet."""
        run, state = self.moment.run, self.moment.run_state
        if run is None:
            return ""
        if state in ENDED:
            return f"Run {run.number} {ENDED[state]}."
        if state == "queued":
            return f"Run {run.number} waits for a worker."
        answers = self.moment.answers
        return (
            f"Run {run.number} is looking: {answers} answer{'s' if answers != 1 else ''} by then."
        )


def played(moment: AsOf) -> Played:
    """A moment with its words."""
    so_far = moment.so_far or {}
    sure = round(100 * float(so_far.get("confidence", 0)))
    said = f"{words.short_title(so_far)} ({sure} %)" if so_far else ""
    tone = words.tone(so_far) if so_far else "open"
    return Played(moment, verdict_view(moment.judged), said, tone)


def picture(incident: Incident, moment: AsOf) -> dict[str, Any] | None:
    """Both paths as they were known: as the final verdict that stood drew them, else the names of
    the newest walk; None = nobody had walked yet."""
    if moment.judged is not None:
        return moment.judged.picture
    if moment.run is None or moment.paths is None:
        return None
    return _of_names(incident, moment.run.picture or {}, moment.paths)


def _of_names(incident: Incident, drawn: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
    """A picture of two lists of names, with the ends as the run knew them later."""
    flow = incident.flow
    ends = {
        "client": drawn.get("client") or {"name": "", "endpoint": str(flow.src)},
        "server": drawn.get("server") or {"name": "", "endpoint": str(flow.dst)},
    }
    client, server = ends["client"]["name"], ends["server"]["name"]
    return {
        "flow": str(flow),
        **ends,
        "forward": _side(paths.get("forward") or [], client, server),
        "reverse": _side(paths.get("reverse") or [], server, client),
    }


def _side(names: list[str], begin: str, end: str) -> dict[str, Any]:
    hops = [
        {
            "key": name,
            "name": name,
            "address": "",
            "basis": "predicted",
            "end": (at == 0 and name == begin) or (at == len(names) - 1 and name == end),
        }
        for at, name in enumerate(names)
    ]
    complete = bool(names) and names[-1] == end
    outcome = "as its routing said by then" if names else "not known yet"
    return {"flow": "", "hops": hops, "complete": complete, "ok": None, "outcome": outcome}
