"""Which run shows the fault of an incident, which one proves that it is gone, and whose verdict
stands?

The newest run is none of these by itself: while it looks it knows nothing yet, and a run that was
stopped or lost could not judge. Only runs of the main flow, as it is now, speak for the incident: a
run of a further flow, or of a flow that was corrected since, says nothing about this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from workbench.incidents.flows import OF_THE_MAIN_FLOW, about_main
from workbench.incidents.models import Incident, Run

JUDGED = Q(state=Run.State.DONE, verdict_final=True)
BROKEN = JUDGED & Q(outcome=Run.Outcome.BROKEN)
HEALTHY = JUDGED & Q(outcome=Run.Outcome.HEALTHY)


@dataclass(frozen=True, slots=True)
class IncidentRuns:
    """The runs that speak for an incident; None = there is none of that kind (yet)."""

    newest: Run | None
    judged: Run | None  # whose verdict stands: the newest that came to its end
    fault: Run | None  # which shows what was broken
    proof: Run | None  # which shows that it works since
    earlier: Run | None = None  # whose verdict stood before this one
    newest_speaks: bool = True  # is the newest about the main flow?

    @property
    def shown(self) -> Run | None:
        """The run whose verdict, paths and fixes everybody sees."""
        return self.judged or (self.newest if self.newest_speaks else None)

    @property
    def subject(self) -> Run | None:
        """The run that a postmortem is about."""
        return self.fault or self.shown

    @property
    def looking(self) -> Run | None:
        """A run that is under way while another run's verdict stands."""
        again = self.newest is not None and self.newest.active and self.newest != self.shown
        return self.newest if again and self.newest_speaks else None

    @property
    def unjudged(self) -> Run | None:
        """A newer run that ended before it could judge."""
        newest = self.newest
        ended = newest is not None and not newest.active and newest != self.shown
        return newest if ended and self.newest_speaks else None

    def pinned(self, run: Run) -> IncidentRuns:
        """The same for somebody who looks at one run, whatever others found."""
        return replace(self, newest=run, judged=run, earlier=None, newest_speaks=True)


def runs_of(incident: Incident) -> IncidentRuns:
    """The runs that speak for one incident."""
    runs = Run.objects.filter(incident=incident).select_related("requested_by")
    newest, runs = runs.order_by("-number").first(), runs.filter(OF_THE_MAIN_FLOW)
    newest_first = runs.order_by("-number")
    fault = incident.chosen_fault or newest_first.filter(BROKEN).first()
    judged, earlier, *_ = [*newest_first.filter(JUDGED)[:2], None, None]
    return IncidentRuns(
        newest=newest,
        judged=judged,
        fault=fault,
        proof=_proof(runs, fault, incident.chosen_proof),
        earlier=earlier,
        newest_speaks=newest is None or about_main(newest, incident),
    )


def _proof(runs: QuerySet[Run], fault: Run | None, chosen: Run | None) -> Run | None:
    """A run proves the repair of what was broken before it: a chosen one, too, does not when the
    fault came back after it."""
    if fault is None:
        return None
    if chosen is not None and chosen.number > fault.number:
        return chosen
    return runs.filter(HEALTHY, number__gt=fault.number).order_by("number").first()


def with_runs(rows: QuerySet[Incident]) -> QuerySet[Any]:
    """The same incidents, each with the state of its newest run (`run_state`), the verdict of its
    fault or else the one that stands (`verdict`), and the number of the run that proves the
    repair (`proof_number`)."""
    every = Run.objects.filter(incident=OuterRef("pk"))
    runs = every.filter(OF_THE_MAIN_FLOW)
    newest_first = runs.order_by("-number")
    broken = runs.filter(BROKEN).order_by("-number")
    return rows.annotate(
        run_state=Subquery(every.order_by("-number").values("state")[:1]),
        fault_number=Coalesce(F("chosen_fault__number"), Subquery(broken.values("number")[:1])),
        verdict=Coalesce(
            F("chosen_fault__verdict"),
            Subquery(broken.values("verdict")[:1]),
            Subquery(newest_first.filter(JUDGED).values("verdict")[:1]),
            Subquery(newest_first.values("verdict")[:1]),
        ),
    ).annotate(
        proof_number=Coalesce(
            Case(When(chosen_proof__number__gt=F("fault_number"), then=F("chosen_proof__number"))),
            Subquery(
                runs.filter(HEALTHY, number__gt=OuterRef("fault_number"))
                .order_by("number")
                .values("number")[:1]
            ),
        )
    )
