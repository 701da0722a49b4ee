"""A flow is corrected with its history, further flows are added, and no run's verdict is taken for
one about another flow."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from collectors.model.flow import Flow
from tests.incidents.conftest import FLOW, person
from workbench.incidents import actions, fault, queries
from workbench.incidents.actions import ActionRefused
from workbench.incidents.flows import flows_of
from workbench.incidents.models import FoundCause, Incident, Run
from workbench.incidents.related import on_flow, related
from workbench.incidents.roles import NotAllowed
from workbench.incidents.search import index
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find

pytestmark = pytest.mark.django_db
OTHER = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:8443")
THIRD = Flow.parse("tcp 198.51.100.9:50000 > 203.0.113.10:443")


def broken(incident: Incident, by: Any, flow: int = 1) -> Run:
    """A run that found the fault."""
    run = actions.start_run(by, incident, flow=flow)
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.DONE,
        verdict_final=True,
        outcome=Run.Outcome.BROKEN,
        root_cause="firewall_drop",
        verdict={"root_cause": "firewall_drop", "verdict": "broken", "confidence": 0.9},
    )
    run.refresh_from_db()
    return run


def test_the_flow_is_corrected_and_the_run_keeps_its_own(
    incident: Incident, responder: Any
) -> None:
    run = broken(incident, responder)
    assert fault.runs_of(incident).fault == run
    event = actions.change_flow(responder, incident, OTHER, "typed the wrong port")
    assert event.payload == {
        "number": 1,
        "from": str(FLOW),
        "to": str(OTHER),
        "why": "typed the wrong port",
    }
    assert incident.flow == OTHER and Run.objects.get(pk=run.pk).flow == FLOW
    speaking = fault.runs_of(incident)
    assert (speaking.fault, speaking.judged, speaking.shown) == (None, None, None)
    listed = fault.with_runs(Incident.objects.all()).get()
    assert listed.verdict is None and listed.fault_number is None
    assert not FoundCause.objects.exists()
    again = broken(incident, responder)
    assert fault.runs_of(incident).fault == again and again.flow == OTHER


def test_corrected_back_its_verdict_speaks_again(incident: Incident, responder: Any) -> None:
    run = broken(incident, responder)
    actions.change_flow(responder, incident, OTHER, "x")
    actions.change_flow(responder, incident, FLOW, "it was right")
    assert fault.runs_of(incident).fault == run


def test_a_flow_without_ports_is_the_same_flow(responder: Any) -> None:
    incident = actions.open_incident(responder, Flow.parse("icmp 192.0.2.20 > 203.0.113.10"))
    run = broken(incident, responder)
    assert fault.runs_of(incident).fault == run
    assert fault.with_runs(Incident.objects.all()).get().fault_number == 1


def test_a_title_that_nobody_gave_follows_the_flow(responder: Any) -> None:
    incident = actions.open_incident(responder, FLOW)
    actions.change_flow(responder, incident, OTHER, "x")
    assert incident.title == str(OTHER)


def test_not_without_a_reason_nor_while_a_run_looks(
    incident: Incident, responder: Any, viewer: Any
) -> None:
    with pytest.raises(ActionRefused, match="say why"):
        actions.change_flow(responder, incident, OTHER, " ")
    with pytest.raises(ActionRefused, match="already"):
        actions.change_flow(responder, incident, FLOW, "x")
    with pytest.raises(ActionRefused, match="no flow 7"):
        actions.change_flow(responder, incident, OTHER, "x", number=7)
    with pytest.raises(NotAllowed):
        actions.change_flow(viewer, incident, OTHER, "x")
    actions.start_run(responder, incident)
    for change in (actions.change_flow, actions.add_flow):
        with pytest.raises(ActionRefused, match="under way"):
            change(responder, incident, OTHER, "x")
    assert incident.flow == FLOW


def test_a_run_of_a_further_flow_does_not_speak_for_the_main_one(
    incident: Incident, responder: Any
) -> None:
    first = broken(incident, responder)
    added = actions.add_flow(responder, incident, OTHER, "also 8443")
    assert [one.number for one in flows_of(incident)] == [1, 2] and added.flow == OTHER
    second = broken(incident, responder, flow=2)
    speaking = fault.runs_of(incident)
    assert second.flow == OTHER and speaking.fault == first
    assert speaking.newest == second and speaking.unjudged is None
    with pytest.raises(ActionRefused, match="another flow"):
        actions.choose_fault(responder, incident, second)
    flow, *_ = queries.compare(first, second)
    assert (flow.what, flow.before, flow.after) == ("flow", str(FLOW), str(OTHER))
    with pytest.raises(ActionRefused, match="no flow 9"):
        actions.start_run(responder, incident, flow=9)


def test_an_incident_is_found_by_any_of_its_flows(incident: Incident, responder: Any) -> None:
    actions.add_flow(responder, incident, THIRD)
    for query in ("address:198.51.100.0/24", "198.51.100.9", "203.0.113.10"):
        assert find(responder, asked(query, timezone.now())).count() == 1, query


def test_related_by_any_flow_and_by_devices_on_the_paths(
    incident: Incident, responder: Any
) -> None:
    actions.add_flow(responder, incident, THIRD)
    (found,) = on_flow(responder, THIRD)
    assert found.incident == incident and found.same_flow
    elsewhere = actions.open_incident(responder, Flow.parse("tcp 10.0.0.1:1 > 10.0.0.2:2"))
    for one in (incident, elsewhere):
        walked(one)
    (found,) = related(responder, elsewhere)
    assert found.incident == incident and found.devices == ("fw-a",)


def walked(incident: Incident) -> None:
    from workbench.incidents.models import DeviceMention

    for device in ("fw-a", f"host-{incident.pk}"):
        DeviceMention.objects.create(incident=incident, device=device, role="path")


def test_a_closed_incident_is_related_for_nobody_else(incident: Incident, responder: Any) -> None:
    boss = person("boss", "responder")
    closed = actions.open_incident(boss, THIRD, restricted=True)
    actions.add_flow(boss, closed, FLOW)
    for one in (incident, closed):
        walked(one)
    assert related(responder, incident) == [] and on_flow(responder, THIRD) == []
    assert [one.incident for one in related(boss, incident)] == [closed]


def test_who_is_asked_about_the_flow_is_the_flow_of_the_run(
    incident: Incident, responder: Any
) -> None:
    """The worker asks about the run's flow, whatever the incident's is by then."""
    from workbench.incidents.worker.investigator import Investigator

    actions.add_flow(responder, incident, OTHER)
    run = actions.start_run(responder, incident, flow=2)
    cases: list[Any] = []

    def investigate(case: Any, *rest: Any) -> Any:
        cases.append(case)
        return iter(())

    from collectors.model.inventory import Inventory

    heart = SimpleNamespace(when_cancelled=lambda stop: None, cancelled=lambda: False)
    driver = SimpleNamespace(interrupt=None, close=lambda: None)
    reach: Any = lambda run, recorder: (Inventory(), driver)  # noqa: E731
    Investigator(run, reach, investigate)._follow(heart)  # type: ignore[arg-type]
    assert [case.flow for case in cases] == [OTHER]


def test_the_cause_in_lists_is_settled_again(incident: Incident, responder: Any) -> None:
    broken(incident, responder)
    index.settle(incident.pk)
    assert FoundCause.objects.filter(incident=incident).exists()
    actions.change_flow(responder, incident, OTHER, "x")
    assert not FoundCause.objects.filter(incident=incident).exists()
