"""The list of incidents: what is found, in which order, and what the page says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web import story
from workbench.incidents import actions
from workbench.incidents.models import Incident, Run
from workbench.web.views import incidents as page_of

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


def shown(client: Client, address: str) -> list[int]:
    """The incidents of one page, in their order."""
    body = client.get(address).content.decode()
    return [int(found) for found in re.findall(r'data-incident="(\d+)"', body)]


@pytest.fixture
def three(people: dict[str, Any]) -> list[Incident]:
    """Three of three states and severities."""
    who = people["responder"]
    made = [actions.open_incident(who, story.FLOW, f"Number {n}") for n in (1, 2, 3)]
    for one, severity in zip(made, ("3", "1", ""), strict=True):
        actions.change_head(who, one, {"severity": severity}, {})
    actions.change_state(who, made[1], "mitigated", "works for most")
    actions.change_state(who, made[2], "resolved", "works")
    actions.add_note(who, made[0], "The <b>retransmissions</b> began after the deploy")
    return made


def test_one_box_finds_by_words_states_and_severities(
    browse: Browse, three: list[Incident]
) -> None:
    client = browse("viewer")
    one, two, done = (incident.pk for incident in three)
    assert shown(client, "/") == [done, two, one]
    assert shown(client, "/?q=retrans") == [one]
    assert shown(client, "/?q=state:open,mitigated") == [two, one]
    assert shown(client, "/?q=sev:1..2") == [two]
    assert shown(client, "/?q=severity:3,none") == [done, one]
    assert shown(client, "/?q=number+state:resolved") == [done]


def test_the_order_is_chosen(browse: Browse, three: list[Incident]) -> None:
    client = browse("viewer")
    one, two, done = (incident.pk for incident in three)
    assert shown(client, "/?sort=oldest") == [one, two, done]
    assert shown(client, "/?sort=state") == [one, two, done]
    assert shown(client, "/?sort=severity") == [two, one, done]
    assert shown(client, "/?sort=nonsense") == [done, two, one]


@pytest.mark.parametrize("sort", ["newest", "oldest", "state", "severity", "title"])
def test_every_order_pages_through_all_of_them(
    browse: Browse, three: list[Incident], sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of, "PER_PAGE", 1)
    client, address, seen = browse("viewer"), f"/?q=number&sort={sort}", []
    for _ in range(3):
        seen += shown(client, address)
        following = re.search(r'href="(\?[^"]*)" rel="next"', client.get(address).content.decode())
        address = "/" + following[1].replace("&amp;", "&") if following else ""
    assert sorted(seen) == sorted(one.pk for one in three) and not address


def test_what_was_found_is_shown_in_its_context_and_escaped(
    browse: Browse, three: list[Incident]
) -> None:
    body = browse("viewer").get("/?q=retrans").content.decode()
    assert "&lt;b&gt;<mark>retransmissions</mark>&lt;/b&gt; began" in body
    assert f'href="/incidents/{three[0].pk}#n' in body
    assert "<mark>Number</mark> 1" in browse("viewer").get("/?q=number").content.decode()


def test_a_query_that_cannot_be_read_is_said_and_kept(
    browse: Browse, three: list[Incident]
) -> None:
    body = browse("viewer").get('/?q=severity:9+"<i>"').content.decode()
    assert "A severity is 1 to 4" in body and 'data-incident="' not in body
    assert 'value="severity:9 &quot;&lt;i&gt;&quot;"' in body


def test_filters_are_links_and_the_form_leads_to_one_address(
    browse: Browse, three: list[Incident]
) -> None:
    client = browse("viewer")
    body = client.get("/?q=number+state:open").content.decode()
    assert 'href="?q=number+state%3Aopen%2Cmitigated"' in body  # one more
    assert 'href="?q=number" aria-current="true">open<' in body  # taken out
    answer = client.get("/?q=number&device=fw+b&state=open")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/?q=number+device%3A%22fw+b%22+state%3Aopen"


def test_a_cursor_of_another_list_shows_the_first_page(
    browse: Browse, three: list[Incident]
) -> None:
    assert len(shown(browse("viewer"), "/?cursor=nonsense")) == 3
    assert "This is the first page" in browse("viewer").get("/?cursor=x").content.decode()


def test_a_restricted_incident_is_in_no_row_count_or_excerpt(
    browse: Browse, people: dict[str, Any]
) -> None:
    hidden = actions.open_incident(people["admin"], story.FLOW, "Hidden", restricted=True)
    actions.add_note(people["admin"], hidden, "a secret word")
    body = browse("responder").get("/?q=secret").content.decode()
    assert "No incident yet" in body and "Hidden" not in body and "<mark>" not in body
    assert shown(browse("admin"), "/?q=secret") == [hidden.pk]


def test_a_row_says_cause_and_where(browse: Browse, judged_run: Run) -> None:
    body = browse("viewer").get("/").content.decode()
    assert "another firewall" in body and 'role="cell"><a href="/devices/fw-b">fw-b<' in body


def test_an_empty_list_says_what_to_do(browse: Browse, people: dict[str, Any]) -> None:
    assert "Open an incident" in browse("responder").get("/").content.decode()
    assert "No incident yet" in browse("viewer").get("/").content.decode()
    actions.open_incident(people["responder"], story.FLOW, "One")
    assert "show all incidents" in browse("viewer").get("/?q=nothing").content.decode()
