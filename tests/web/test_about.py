"""The pages of a device and of an address say what incidents know of it, and nothing of those that
somebody may not see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from collectors.model.flow import Flow
from tests.web import story
from workbench.incidents import actions
from workbench.incidents.models import DeviceMention, Incident, Run
from workbench.integrations.actions.reported import report_change
from workbench.web import links
from workbench.web.views import about as page_of

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]
HARD = ("fw b", "site/fw-b", "import", "a?b#c%41", "2001:db8::1", "<script>alert(1)</script>", "ö")


def shown(client: Client, address: str) -> list[int]:
    body = client.get(address).content.decode()
    return [int(found) for found in re.findall(r'data-incident="(\d+)"', body)]


def test_a_device_says_incidents_verdicts_state_commands_and_changes(
    browse: Browse, judged_run: Run, people: dict[str, Any]
) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    report_change(people["responder"], "ansible", "fw-b", "New <i>rules</i>", at=hour_ago)
    long_ago = timezone.now() - timedelta(days=9)
    report_change(people["responder"], "ansible", "fw-b", "An old one", at=long_ago)
    body = browse("viewer").get("/devices/fw-b").content.decode()
    assert shown(browse("viewer"), "/devices/fw-b") == [judged_run.incident_id]
    for said in (
        "named guilty 1",
        "on the path 1",
        "back only 1",
        "suspect in 1",
        "New &lt;i&gt;rules&lt;/i&gt;",
        "Commands sent there",
        f"/incidents/{judged_run.incident_id}?run=1",
    ):
        assert said in body, said
    assert "An old one" not in body
    assert re.search(r"Verdicts name it</dt><dd>Replies return through another firewall", body)


def test_incidents_are_narrowed_by_what_the_device_is_in_them(
    browse: Browse, judged_run: Run, people: dict[str, Any]
) -> None:
    other = actions.open_incident(people["responder"], story.FLOW, "Another")
    actions.add_note(people["responder"], other, "fw-b again?")
    client = browse("viewer")
    assert shown(client, "/devices/fw-b") == [other.pk, judged_run.incident_id]
    assert shown(client, "/devices/fw-b?role=guilty") == [judged_run.incident_id]
    assert shown(client, "/devices/fw-b?role=path") == [judged_run.incident_id]


@pytest.mark.parametrize("name", HARD)
def test_any_name_has_its_page_and_is_escaped(
    browse: Browse, incident: Incident, name: str
) -> None:
    DeviceMention.objects.create(incident=incident, device=name, role="path")
    to = links.device_page(name)
    answer = browse("viewer").get(to)
    assert answer.status_code == 200 and shown(browse("viewer"), to) == [incident.pk]
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("name", ["", "..", "a/../b", ".", "a\nb"])
def test_a_name_that_no_address_can_say_is_no_link(name: str) -> None:
    assert links.device_page(name) == ""


def test_nothing_of_a_restricted_incident_is_told(
    browse: Browse, incident: Incident, people: dict[str, Any]
) -> None:
    flow = Flow.parse("tcp 10.66.0.1:1000 > 10.66.0.2:443")
    hidden = actions.open_incident(people["admin"], flow, "Hidden", restricted=True)
    DeviceMention.objects.create(incident=hidden, device="secret-fw", role="guilty")
    DeviceMention.objects.create(incident=hidden, device="fw-b", role="guilty")
    client = browse("responder")
    assert client.get("/devices/secret-fw").status_code == 404
    for address in ("/devices/fw-b", "/addresses/10.66.0.1", "/addresses/10.66.0.0/16"):
        body = client.get(address).content.decode()
        assert "Hidden" not in body and "named guilty" not in body and shown(client, address) == []
    assert shown(browse("admin"), "/addresses/10.66.0.0/16") == [hidden.pk]


def test_who_may_see_nothing_sees_no_page(browse: Browse, judged_run: Run) -> None:
    assert browse("nobody").get("/devices/fw-b").status_code == 403
    assert browse("nobody").get("/addresses/10.1.0.10").status_code == 403


def test_an_address_says_its_incidents_and_who_has_it(browse: Browse, judged_run: Run) -> None:
    client = browse("viewer")
    src = str(story.FLOW.src)
    assert shown(client, f"/addresses/{src}") == [judged_run.incident_id]
    assert "end of the flow 1" in client.get(f"/addresses/{src}").content.decode()
    assert shown(client, "/addresses/198.18.0.0/15") == []
    assert client.get("/addresses/nonsense").status_code == 404


def test_an_address_has_one_page_however_it_is_written(
    browse: Browse, incident: Incident, people: dict[str, Any]
) -> None:
    flow = Flow.parse("udp [2001:db8::5]:5000 > [2001:db8:1::9]:53")
    six = actions.open_incident(people["responder"], flow, "Six")
    client = browse("viewer")
    answer = client.get("/addresses/2001:DB8:0:0::5")
    assert answer.headers["Location"] == "/addresses/2001:db8::5"
    assert shown(client, "/addresses/2001:db8::5") == [six.pk]
    assert client.get("/addresses/2001:db8::5/32").headers["Location"] == "/addresses/2001:db8::/32"
    assert 'href="/addresses/2001:db8:1::9"' in client.get(f"/incidents/{six.pk}").content.decode()


def test_long_lists_have_pages(
    browse: Browse, judged_run: Run, people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of, "PER_PAGE", 1)
    other = actions.open_incident(people["responder"], story.FLOW, "Another")
    actions.add_note(people["responder"], other, "fw-b again?")
    client = browse("viewer")
    first = client.get("/devices/fw-b").content.decode()
    following = re.search(r'href="(\?[^"]*)" rel="next"', first)
    assert following is not None
    assert shown(client, "/devices/fw-b" + following[1].replace("&amp;", "&")) == [
        judged_run.incident_id
    ]


def test_rows_verdicts_and_lists_lead_to_the_device(browse: Browse, judged_run: Run) -> None:
    client = browse("viewer")
    for address in (
        "/",
        f"/incidents/{judged_run.incident_id}",
        "/boundaries",
        "/devices",
        "/commands",
    ):
        assert 'href="/devices/fw-b"' in client.get(address).content.decode(), address


def test_names_of_the_incidents_devices_in_notes_lead_to_their_pages(
    browse: Browse, judged_run: Run, people: dict[str, Any]
) -> None:
    text = "fw-b, **fw-a** and fw-c: see fw-b.example, e1 and #1 (fw-b)."
    actions.add_note(people["responder"], judged_run.incident, text)
    body = browse("viewer").get(f"/incidents/{judged_run.incident_id}").content.decode()
    note = re.search(r"<p>(<a[^>]*>fw-b</a>,.*?)</p>", body, re.DOTALL)
    assert note is not None
    linked = re.findall(r'href="/devices/([^"]+)"', note[1])
    assert linked == ["fw-b", "fw-a", "fw-b"]
    assert f'/incidents/{judged_run.incident_id}?e=e1"' in note[1] and "fw-c: see" in note[1]
