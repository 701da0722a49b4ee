"""One pasted line becomes an incident and a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from workbench.incidents.models import Incident, Run

LINES = [
    "10.1.0.10:51514 -> 10.9.0.20:5432",
    "tcp 10.1.0.10:51514 > 10.9.0.20:5432",
    "02:13:01.000001 IP 10.1.0.10.51514 > 10.9.0.20.5432: Flags [S], seq 1000, win 64240, length 0",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_fills_the_form_and_names_the_owners(
    browse: Callable[[str], Client], incident: Incident, line: str
) -> None:
    page = browse("responder").post("/incidents/recognise", {"line": line}).content.decode()
    assert 'value="51514"' in page
    assert "app01" in page
    assert "db01" in page


def test_an_address_that_nobody_owns_is_a_warning(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    page = (
        browse("responder")
        .post("/incidents/recognise", {"line": "tcp 10.1.0.10:1 > 192.0.2.9:443"})
        .content.decode()
    )
    assert "no device of the inventory declares this address" in page


NONSENSE = [
    "hello",
    "tcp 10.0.0.1:99999 > 10.0.0.2:1",
    "10.0.0.1:1 > [::1]:2",
    "; rm -rf /",
    "<script>",
]


@pytest.mark.parametrize("line", NONSENSE)
def test_nonsense_is_answered_in_words(
    browse: Callable[[str], Client], incident: Incident, line: str
) -> None:
    page = browse("responder").post("/incidents/recognise", {"line": line}).content.decode()
    assert "Not read as a flow" in page
    assert "<script>" not in page


FIELDS = {
    "protocol": "tcp",
    "src": "10.1.0.10",
    "sport": "",
    "dst": "10.9.0.20",
    "dport": "5432",
    "title": "down",
}


def test_opening_starts_a_run(browse: Callable[[str], Client], incident: Incident) -> None:
    answer = browse("responder").post("/incidents/open", FIELDS)
    opened = Incident.objects.latest("pk")
    assert answer["Location"] == f"/incidents/{opened.pk}"
    assert opened.flow.sport is None
    assert Run.objects.get(incident=opened).state == Run.State.QUEUED


@pytest.mark.parametrize(
    "wrong", [{"src": "server.example"}, {"dport": ""}, {"dport": "0"}, {"dst": "2001:db8::1"}]
)
def test_a_bad_field_opens_nothing_and_keeps_what_was_typed(
    browse: Callable[[str], Client], incident: Incident, wrong: dict[str, str]
) -> None:
    before = Incident.objects.count()
    answer = browse("responder").post("/incidents/open", FIELDS | wrong)
    assert answer.status_code == 400
    assert 'value="down"' in answer.content.decode()
    assert Incident.objects.count() == before


def test_a_viewer_cannot_open(browse: Callable[[str], Client], incident: Incident) -> None:
    assert browse("viewer").post("/incidents/open", FIELDS).status_code == 403


def recognised(client: Client, line: str) -> str:
    return client.post("/incidents/recognise", {"line": line}).content.decode()


def test_an_incident_on_the_same_flow_is_named_before_a_second_one_is_opened(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    page = recognised(browse("responder"), str(incident.flow))
    assert "An incident on this flow is open:" in page
    assert f'href="/incidents/{incident.pk}"' in page
    assert "checkout &lt;b&gt;fails&lt;/b&gt;" in page


def test_the_reverse_direction_and_another_port_are_between_the_same_addresses(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    page = recognised(browse("responder"), "tcp 10.9.0.20:9 > 10.1.0.10:443")
    assert "Between the same addresses:" in page
    assert "10.1.0.10" in page and "on this flow" not in page


def test_what_is_resolved_or_not_for_this_person_is_not_named(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    line = str(incident.flow)
    Incident.objects.filter(pk=incident.pk).update(restricted=True)
    assert "is open:" not in recognised(browse("viewer"), line)
    assert "is open:" in recognised(browse("responder"), line)
    Incident.objects.filter(pk=incident.pk).update(state="resolved")
    assert "is open:" not in recognised(browse("responder"), line)
