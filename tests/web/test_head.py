"""The head of the incident on its page, in its form and in the postmortem."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.contrib.auth.models import User
from django.test import Client

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.records import LogLine
from tests.web import story
from workbench.incidents import actions
from workbench.incidents.models import Event, Incident
from workbench.incidents.worker.first_failure import first_failure
from workbench.web.presenters.event_words import in_words
from workbench.web.presenters.head import span

SCRIPT = {"HTTP_X_REQUESTED_WITH": "bothways"}


def test_the_page_the_list_and_the_postmortem_say_the_head(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    values = {"severity": "2", "service": "<i>ledger</i>", "impact": "Nobody can pay & leave"}
    values |= {"tags": "vpn", "links": "https://tracker.example/INC-7", "scribe": "responder"}
    actions.change_head(people["responder"], incident, values)
    actions.take_role(people["responder"], incident, "commander")
    client = browse("viewer")
    pages = [
        client.get(address).content.decode()
        for address in (f"/incidents/{incident.pk}", f"/incidents/{incident.pk}/postmortem.html")
    ]
    for page in pages:
        for words in ("&lt;i&gt;ledger&lt;/i&gt;", "Nobody can pay &amp; leave", "vpn"):
            assert words in page
        assert "<i>ledger</i>" not in page
    assert 'href="https://tracker.example/INC-7"' in pages[0]
    assert re.search(r"Commander(<[^>]*>)+responder", pages[1])
    listed = client.get("/").content.decode()
    assert '"chip sev2">2<' in listed and '<span class="by" role="cell">responder</span>' in listed
    assert "set severity to 2" in pages[0]


def test_the_form_changes_what_was_touched_and_nothing_else(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    client = browse("responder")
    form = client.get(f"/incidents/{incident.pk}/head", **SCRIPT).content.decode()
    assert "<html" not in form and 'name="was-title" value="checkout &lt;b&gt;fails' in form
    actions.change_head(people["responder"], incident, {"service": "ledger"})
    sent = {"title": incident.title, "was-title": incident.title, "severity": "1"}
    sent |= {"was-severity": "", "service": "", "was-service": ""}
    assert client.post(f"/incidents/{incident.pk}/head/change", sent, **SCRIPT).status_code == 200
    incident.refresh_from_db()
    assert (incident.severity, incident.service) == (1, "ledger")


def test_a_clash_is_answered_with_both_values(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    actions.change_head(people["responder"], incident, {"service": "ledger"})
    sent = {"service": "checkout", "was-service": ""}
    client = browse("responder")
    answer = client.post(f"/incidents/{incident.pk}/head/change", sent, **SCRIPT)
    assert answer.status_code == 409
    [clash] = answer.json()["clashes"]
    assert clash == {"field": "service", "was": "", "now": "ledger", "yours": "checkout"}
    plain = client.post(f"/incidents/{incident.pk}/head/change", sent, follow=True)
    assert "somebody else was faster" in plain.content.decode()


def test_a_change_reaches_the_open_pages(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    actions.change_head(people["responder"], incident, {"title": "Ledger down"})
    news = browse("viewer").get(f"/incidents/{incident.pk}/feed?after=1").json()
    assert set(news["parts"]) == {"title", "head", "changed"}
    assert "Ledger down" in news["parts"]["title"]


@pytest.mark.parametrize("address", ["head/change", "head/take"])
def test_a_viewer_and_a_stranger_change_nothing(
    browse: Callable[[str], Client], people: dict[str, User], address: str
) -> None:
    closed = actions.open_incident(people["responder"], story.FLOW, restricted=True)
    fields = {"severity": "1", "role": "commander"}
    assert browse("viewer").post(f"/incidents/{closed.pk}/{address}", fields).status_code == 404
    assert browse("viewer").get(f"/incidents/{closed.pk}/head").status_code == 404
    actions.invite(people["responder"], closed, people["viewer"])
    assert browse("viewer").post(f"/incidents/{closed.pk}/{address}", fields).status_code == 403


def test_a_form_offers_only_people_who_may_see_the_incident(
    browse: Callable[[str], Client], people: dict[str, User]
) -> None:
    closed = actions.open_incident(people["responder"], story.FLOW, restricted=True)
    form = browse("responder").get(f"/incidents/{closed.pk}/head").content.decode()
    assert '<option value="responder">' in form and '<option value="viewer">' not in form


def log_line(time: float | None, port: int) -> LogLine:
    flow = replace(story.FLOW.reversed(), dport=port, dst=ip_address("10.1.0.10"))
    return LogLine(time, "DROP", "wan0", None, flow)


def test_the_first_failure_is_the_earliest_log_line_that_the_drop_rests_on() -> None:
    ours, other = story.FLOW.sport or 0, 4711
    lines = (log_line(900.0, other), log_line(1000.0, ours), log_line(950.0, ours))
    query = Query("fw-b", Question.LOGS)
    item = Evidence("e99", query, Status.ANSWERED, records=lines, clock_offset=2.0)
    found = story.findings()
    with_log = replace(found, case=replace(found.case, evidence=(*found.case.evidence, item)))
    assert first_failure(with_log) is None, "no drop rests on it"
    drop = replace(story.DROP, evidence=("e99",))
    assert first_failure(replace(with_log, drops=(drop,))) == 948.0
    assert first_failure(replace(with_log, drops=(replace(drop, undated=True),))) is None


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0, "0 s"), (59, "59 s"), (360, "6 min"), (3725, "1 h 2 min"), (90000, "1 d 1 h")],
)
def test_a_duration_in_its_two_largest_units(seconds: int, says: str) -> None:
    assert span(timedelta(seconds=seconds)) == says
    assert json.dumps(span(timedelta(seconds=-61))) == json.dumps("−1 min 1 s")


@pytest.mark.parametrize(
    ("field", "before", "after", "said"),
    [
        ("commander", "", "dana", "made dana commander"),
        ("commander", "dana", "riley", "made riley commander in place of dana"),
        ("commander", "dana", "", "took commander away (it was dana)"),
        ("severity", "2", "1", "changed severity from 2 to 1"),
        ("detected", "", "02:07", "set the time of detected to 02:07"),
        ("impact", "nobody pays", "", "took impact away (it was nobody pays)"),
    ],
)
def test_the_timeline_says_what_became_of_a_value(
    field: str, before: str, after: str, said: str
) -> None:
    payload = {"field": field, "from": before, "to": after}
    assert in_words(Event.Kind.HEAD_CHANGED, payload).text == said
