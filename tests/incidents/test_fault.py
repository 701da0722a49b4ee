"""An incident has a fault and, later, a proof of its repair: not just a newest run."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from workbench.incidents import actions, fault
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, Incident, Run

pytestmark = pytest.mark.django_db
FINAL = {"broken": "acl_path", "healthy": "healthy_symmetric", "inconclusive": "unknown"}


def ended(incident: Incident, outcome: str, state: str = "done", final: bool = True) -> Run:
    """A run that ended, with what it found."""
    number = incident.runs.count() + 1
    verdict = {"verdict": outcome, "root_cause": FINAL[outcome], "number": number}
    return Run.objects.create(
        incident=incident,
        number=number,
        state=state,
        requested_at=timezone.now(),
        ended_at=timezone.now(),
        verdict=verdict,
        verdict_final=final,
        outcome=outcome,
        root_cause=FINAL[outcome],
    )


def numbers(incident: Incident) -> dict[str, int | None]:
    speaking = fault.runs_of(incident)
    found = {"shown": speaking.shown, "fault": speaking.fault, "proof": speaking.proof}
    return {name: run.number if run else None for name, run in found.items()}


def listed(incident: Incident) -> tuple[int | None, int | None, int | None]:
    """The same from the query of the list: whose verdict, which fault, which proof."""
    row = fault.with_runs(Incident.objects.filter(pk=incident.pk)).get()
    shown = row.verdict["number"] if row.verdict else None
    return shown, row.fault_number, row.proof_number


def test_a_repair_does_not_make_the_fault_forgotten(incident: Incident) -> None:
    ended(incident, "broken")
    ended(incident, "healthy")
    ended(incident, "healthy")
    assert numbers(incident) == {"shown": 3, "fault": 1, "proof": 2}
    assert listed(incident) == (1, 1, 2)


def test_a_fault_that_comes_back_is_the_fault_and_is_not_proved_repaired(
    incident: Incident,
) -> None:
    for outcome in ("broken", "healthy", "broken"):
        ended(incident, outcome)
    assert numbers(incident) == {"shown": 3, "fault": 3, "proof": None}
    assert listed(incident) == (3, 3, None)


@pytest.mark.parametrize("state", ["cancelled", "interrupted", "failed"])
def test_a_run_that_did_not_come_to_its_end_is_neither(incident: Incident, state: str) -> None:
    ended(incident, "broken")
    ended(incident, "healthy", state)
    ended(incident, "broken", state, final=False)
    assert numbers(incident) == {"shown": 1, "fault": 1, "proof": None}
    assert listed(incident) == (1, 1, None)
    assert fault.runs_of(incident).unjudged == incident.runs.get(number=3)


def test_an_inconclusive_run_proves_nothing(incident: Incident) -> None:
    ended(incident, "broken")
    ended(incident, "inconclusive")
    assert numbers(incident) == {"shown": 2, "fault": 1, "proof": None}
    assert listed(incident) == (1, 1, None)


def test_an_incident_without_a_fault_shows_what_it_has(incident: Incident) -> None:
    assert numbers(incident) == {"shown": None, "fault": None, "proof": None}
    assert listed(incident) == (None, None, None)
    ended(incident, "healthy")
    assert numbers(incident) == {"shown": 1, "fault": None, "proof": None}
    assert listed(incident) == (1, None, None)


def test_while_a_run_looks_the_verdict_before_it_stands(incident: Incident, responder: Any) -> None:
    ended(incident, "broken")
    Incident.objects.filter(pk=incident.pk).update(last_run_number=1)
    run = actions.start_run(responder, incident)
    speaking = fault.runs_of(incident)
    assert (speaking.shown.number if speaking.shown else None, speaking.looking) == (1, run)
    assert speaking.unjudged is None


def test_the_first_run_is_shown_while_it_looks(incident: Incident, responder: Any) -> None:
    run = actions.start_run(responder, incident)
    speaking = fault.runs_of(incident)
    assert (speaking.shown, speaking.looking) == (run, None)


def test_a_person_may_know_better_which_run_shows_what(incident: Incident, responder: Any) -> None:
    first, _, _, last = (ended(incident, o) for o in ("broken", "healthy", "broken", "healthy"))
    actions.choose_fault(responder, incident, first)
    actions.choose_proof(responder, incident, last)
    assert numbers(incident) == {"shown": 4, "fault": 1, "proof": 4}
    assert listed(incident) == (1, 1, 4)
    actions.choose_fault(responder, incident, None)
    actions.choose_proof(responder, incident, None)
    assert numbers(incident) == {"shown": 4, "fault": 3, "proof": 4}
    chosen = Event.objects.filter(incident=incident, kind="run-chosen").order_by("seq")
    assert [event.payload for event in chosen] == [
        {"fault": 1},
        {"proof": 4},
        {"fault": None},
        {"proof": None},
    ]


def test_a_chosen_proof_proves_nothing_about_a_fault_that_came_back_after_it(
    incident: Incident, responder: Any
) -> None:
    ended(incident, "broken")
    works = ended(incident, "healthy")
    actions.change_state(responder, incident, "resolved", proof=works)
    ended(incident, "broken")
    incident.refresh_from_db()
    assert numbers(incident) == {"shown": 3, "fault": 3, "proof": None}
    assert listed(incident) == (3, 3, None)


def test_only_a_run_with_a_verdict_can_be_chosen(incident: Incident, responder: Any) -> None:
    stopped = ended(incident, "healthy", "cancelled")
    with pytest.raises(ActionRefused, match="did not come to a verdict"):
        actions.choose_proof(responder, incident, stopped)
    other = ended(actions.open_incident(responder, incident.flow), "broken")
    with pytest.raises(ActionRefused, match="another incident"):
        actions.choose_fault(responder, incident, other)
