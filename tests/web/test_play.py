"""An incident is gone through from its beginning: at each moment stands what was known then."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from workbench.incidents import actions
from workbench.incidents.as_of import as_of, moments
from workbench.incidents.models import Event, Incident, Run

pytestmark = pytest.mark.django_db
SCRIPT = {"HTTP_X_REQUESTED_WITH": "bothways"}


def first(run: Run, kind: str, **payload: Any) -> int:
    """The number of the first event of a kind."""
    wanted = {f"payload__{name}": value for name, value in payload.items()}
    return Event.objects.filter(incident=run.incident, kind=kind, **wanted).order_by("seq")[0].seq


def shown(client: Client, run: Run, seq: int) -> str:
    answer = client.get(f"/incidents/{run.incident_id}/play", {"upto": seq}, **SCRIPT)
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_run_nothing_is_known(browse: Any, judged_run: Run) -> None:
    body = shown(browse("viewer"), judged_run, first(judged_run, "opened"))
    assert "Nothing known yet" in body and "Nobody had walked the paths yet" in body
    assert "opened the incident" in body and "Verdict" not in body


def test_while_a_run_looks_its_walk_is_drawn_by_names(browse: Any, judged_run: Run) -> None:
    walks = Event.objects.filter(incident=judged_run.incident, kind="walked").order_by("-seq")
    body = shown(browse("viewer"), judged_run, walks[0].seq)
    assert "is looking" in body and "<svg" in body and "fw-b" in body
    assert "DROPPED" not in body


def test_its_final_verdict_and_picture_stand_from_then_on(browse: Any, judged_run: Run) -> None:
    body = shown(browse("viewer"), judged_run, first(judged_run, "judged", final=True))
    assert "another firewall" in body and "DROPPED" in body


def test_a_provisional_verdict_is_told_as_such(browse: Any, judged_run: Run) -> None:
    seq = first(judged_run, "judged", final=True)
    payload = Event.objects.get(incident=judged_run.incident, seq=seq).payload
    moment = as_of(judged_run.incident, seq - 1)
    assert moment.judged is None and (moment.so_far is None or not moment.so_far["final"])
    assert payload["final"]


def test_state_and_commander_are_those_of_then(judged_run: Run, people: dict[str, User]) -> None:
    incident, by = judged_run.incident, people["responder"]
    actions.take_role(by, incident, "commander")
    actions.change_state(by, incident, "mitigated", "rolled back")
    numbers = moments(Incident.objects.get(pk=incident.pk))
    before, commands, mitigated = (as_of(incident, seq) for seq in numbers[-3:])
    assert (before.commander, before.state) == ("", "open")
    assert (commands.commander, commands.state) == (by.get_username(), "open")
    assert (mitigated.commander, mitigated.state) == (by.get_username(), "mitigated")


def test_the_page_leads_through_all_moments_without_a_script(browse: Any, judged_run: Run) -> None:
    client, numbers = browse("viewer"), moments(judged_run.incident)
    body = client.get(f"/incidents/{judged_run.incident_id}/play").content.decode()
    assert f'href="?upto={numbers[1]}"' in body and 'rel="prev" aria-disabled' in body
    last = client.get(f"/incidents/{judged_run.incident_id}/play?upto=999999").content.decode()
    assert f"moment {len(numbers)} of {len(numbers)}" in last
    assert f'href="?upto={numbers[-2]}"' in last


def test_who_may_not_see_the_incident_plays_nothing(browse: Any, judged_run: Run) -> None:
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    assert browse("viewer").get(f"/incidents/{judged_run.incident_id}/play").status_code == 404
