"""The one thing to do next, before all others, and why: from the runs, the verdict and the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.urls import reverse

from workbench.incidents import checks, queries
from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Incident, Run
from workbench.report.checklist.facts import Afterwards
from workbench.report.postmortem.alerts import watches
from workbench.web.presenters.next_steps import NextStep, next_steps
from workbench.web.presenters.verdict import VerdictView, verdict_view

State = Incident.State


def best_next(incident: Incident, speaking: IncidentRuns) -> NextStep | None:
    """What to do now, and why; None = nothing is left."""
    return next(_candidates(incident, speaking), None)


def _candidates(incident: Incident, speaking: IncidentRuns) -> Iterator[NextStep]:
    run = speaking.newest
    if run is None:
        why = "No device was asked yet; a run answers most points of this list by itself."
        yield NextStep("Start a run.", why=why)
        return
    if run.active:
        yield from _keys(run)
        looks = f"Run {run.number} is asking the devices; its answers tick this list."
        yield NextStep(f"Wait for run {run.number}.", why=looks)
        return
    yield from _of_the_verdict(incident, speaking, run)


def _of_the_verdict(incident: Incident, speaking: IncidentRuns, newest: Run) -> Iterator[NextStep]:
    shown = speaking.shown
    view = verdict_view(shown)
    if view is None or view.tone == "open":
        yield from _keys(newest)
    after = checks.afterwards_of(incident, speaking)
    if speaking.fault is not None:
        yield from _repair(incident, speaking, after)
    yield from (_because(step, shown, view) for step in next_steps(shown, view))


def _keys(run: Run) -> Iterator[NextStep]:
    """Devices to which nothing is sent until somebody has compared their key."""
    offered = queries.offered_keys(run)
    if offered:
        device = offered[0].device
        more = f" (and {len(offered) - 1} more)" if len(offered) > 1 else ""
        why = "Nothing is sent to a device whose key nobody has confirmed."
        text = f"Compare the host key of {device}{more}, and accept it."
        yield NextStep(text, link=reverse("devices"), linked="devices", why=why)


def _repair(incident: Incident, speaking: IncidentRuns, after: Afterwards) -> Iterator[NextStep]:
    """Where the fault is known: was it repaired, proved and written down?"""
    if speaking.proof is not None:
        yield from _proved(incident, speaking)
    elif after.changes and after.checked is None:
        device = after.changes[-1].device
        changed = f"{device} was changed" if device else "Something was changed"
        yield NextStep("Run again.", why=f"{changed}, and no run has looked since.")
    elif incident.state != State.OPEN:
        why = f"The incident is {incident.state}, and no run shows that the flow works."
        yield NextStep("Run again to prove the repair.", why=why)


def _proved(incident: Incident, speaking: IncidentRuns) -> Iterator[NextStep]:
    proof, fault = speaking.proof, speaking.fault
    assert proof is not None and fault is not None
    if incident.state != State.RESOLVED:
        why = f"Run {proof.number} shows that the flow works, after run {fault.number} showed it broken."
        yield NextStep("Resolve the incident.", why=why)
        return
    signals = len(watches(fault.verdict or {}))
    rows = {row.number: row for row in checks.checklist(incident, speaking)}
    if signals and not rows[12].done:
        link = reverse("postmortem", args=[incident.pk, "html"])
        why = f"{signals} signals would have shown this fault in minutes."
        yield NextStep("Put up what is to be watched.", link=link, linked="postmortem", why=why)
        return
    link = reverse("postmortem", args=[incident.pk, "html"])
    why = "The flow is proved to work, and the incident is resolved."
    yield NextStep("Write the postmortem.", link=link, linked="postmortem", why=why)


def _because(step: NextStep, run: Run | None, view: VerdictView | None) -> NextStep:
    """The same step, and what speaks for it."""
    if run is None or view is None:
        return replace(step, why="The run ended before it could judge.")
    if view.tone == "open":
        settle = view.fields.get("would_settle")
        why = (
            f"The cause is open; what would decide it: {settle}."
            if settle
            else "The cause is open."
        )
    else:
        why = f"Run {run.number}: {view.title}, {view.percent} % sure."
    return replace(step, why=why)
