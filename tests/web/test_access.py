"""Nobody sees anything without a login, and viewers see no button that acts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from workbench.incidents.models import Event, EvidenceRow, Incident, Run
from workbench.inventory.models import Device

WORDS = {"int": "1", "str": "md"}
OPEN = {"login", "shared"}  # what was shared needs its own secret


def _addresses() -> list[str]:
    names = []
    for pattern in get_resolver("workbench.web.urls").url_patterns:
        assert isinstance(pattern, URLPattern)
        names.append(pattern.name or "")
    return names


def _address(name: str) -> str:
    pattern = next(
        p for p in get_resolver("workbench.web.urls").url_patterns if getattr(p, "name", "") == name
    )
    arguments = {
        k: "md" if k in ("form", "evidence_id", "which") else 1 for k in pattern.pattern.converters
    }
    return reverse(name, kwargs=arguments)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in _addresses() if name not in OPEN])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_nothing_is_open_without_a_login(name: str, verb: str) -> None:
    answer = getattr(Client(), verb)(_address(name))
    assert answer.status_code == 302
    assert "/login" in answer["Location"]


def test_a_viewer_sees_no_button_that_acts(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}").content.decode()
    for words in ("Run again", "Add note", 'name="state"', "Stop run"):
        assert words not in page
    assert "Replies return through another firewall" in page
    assert "Open an incident" not in browse("viewer").get("/").content.decode()


@pytest.mark.parametrize(
    ("path", "data"), [("runs", {}), ("notes", {"text": "x"}), ("state", {"state": "resolved"})]
)
def test_a_viewer_cannot_act_by_hand_either(
    browse: Callable[[str], Client], judged_run: Run, path: str, data: dict[str, str]
) -> None:
    before = Event.objects.count()
    assert (
        browse("viewer").post(f"/incidents/{judged_run.incident_id}/{path}", data).status_code
        == 403
    )
    assert Event.objects.count() == before


def test_somebody_without_a_role_sees_no_incident(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    stranger = browse("nobody")
    assert "checkout" not in stranger.get("/").content.decode()
    for path in (
        "",
        "/feed",
        "/figures/paths",
        "/postmortem.md",
        "/runs/1/hop?device=fw-b",
        "/runs/1/evidence/e31/raw",
    ):
        assert stranger.get(f"/incidents/{judged_run.incident_id}{path}").status_code == 404
    assert stranger.get("/devices").status_code == 403


def test_a_restricted_incident_is_for_those_invited(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    assert browse("viewer").get(f"/incidents/{judged_run.incident_id}").status_code == 404
    assert browse("responder").get(f"/incidents/{judged_run.incident_id}").status_code == 200


def test_forms_need_their_token(people: object, judged_run: Run) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(judged_run.requested_by)  # type: ignore[arg-type]
    assert (
        strict.post(f"/incidents/{judged_run.incident_id}/notes", {"text": "x"}).status_code == 403
    )


def test_who_is_invited_may_see(browse: Callable[[str], Client], judged_run: Run) -> None:
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    opener = browse("responder")
    nobody = opener.post(
        f"/incidents/{judged_run.incident_id}/invite", {"person": "ghost"}, follow=True
    )
    assert "no user of that name" in nobody.content.decode()
    opener.post(f"/incidents/{judged_run.incident_id}/invite", {"person": "viewer"})
    assert browse("viewer").get(f"/incidents/{judged_run.incident_id}").status_code == 200


def test_what_is_not_there_or_not_allowed_is_one_clear_page(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    assert "There is no such page" in browse("viewer").get("/incidents/999").content.decode()
    refused = browse("viewer").post(f"/incidents/{judged_run.incident_id}/notes", {"text": "x"})
    assert "this needs the role responder" in refused.content.decode()


def test_a_restricted_incident_does_not_show_through_the_list_of_devices(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    Device.objects.update_or_create(name="fw-b", defaults={"role": "firewall", "host": "192.0.2.1"})
    EvidenceRow.objects.filter(device="fw-b").update(
        status="no answer", reason="a secret of this incident"
    )
    assert "a secret of this incident" in browse("viewer").get("/devices").content.decode()
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    assert "a secret of this incident" not in browse("viewer").get("/devices").content.decode()


def test_somebody_without_a_role_learns_no_names_of_devices(
    browse: Callable[[str], Client],
) -> None:
    Device.objects.create(name="payroll-db", role="server", addresses=["203.0.113.10/24"])
    line = {"line": "tcp 192.0.2.20:43122 > 203.0.113.10:443"}
    assert "payroll-db" in browse("viewer").post("/incidents/recognise", line).content.decode()
    assert "payroll-db" not in browse("nobody").post("/incidents/recognise", line).content.decode()


def test_a_run_number_of_a_thousand_digits_is_no_number(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    answer = browse("viewer").get(f"/incidents/{judged_run.incident_id}", {"run": "9" * 5000})
    assert answer.status_code == 200
