"""A link shows what was promised, to whoever has it, until it is over; nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from workbench.incidents import actions, roles
from workbench.incidents.actions import ActionRefused, Shown
from workbench.incidents.models import Event, Incident, Run, ShareLink
from workbench.web.views import sharing

FORM = {"label": "the provider", "days": "7", "devices": "names", "client_id": "c1"}


@pytest.fixture(autouse=True)
def nobody_guessed() -> None:
    cache.clear()


def made(known: dict[str, User], run: Run, **shown: bool) -> str:
    _, token = actions.share(known["responder"], run.incident, "x", 7, Shown(**shown))
    return f"/shared/{token}"


def read(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# --- making ---------------------------------------------------------------------------------------


def test_a_link_is_shown_once_and_kept_as_a_digest(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    client, at = browse("responder"), f"/incidents/{judged_run.incident_id}/shares"
    page = client.post(f"{at}/new", FORM).content.decode()
    found = re.search(r"http://testserver(/shared/([\w-]{43}))", page)
    assert found
    link = ShareLink.objects.get()
    assert found[2] not in (link.digest, link.label)
    assert link.expires_at - link.made_at == timedelta(days=7)
    assert found[2] not in client.get(at).content.decode()
    again = client.post(f"{at}/new", FORM).content.decode()
    assert "a link is shown once" in again and ShareLink.objects.count() == 1
    event = Event.objects.get(kind="shared")
    assert event.payload["did"] == "made" and found[2] not in str(event.payload)
    assert Client().get(found[1]).status_code == 200


@pytest.mark.parametrize("change", [{"days": "0"}, {"days": "91"}, {"days": "x"}, {"label": " "}])
def test_what_makes_no_sense_makes_no_link(
    browse: Callable[[str], Client], judged_run: Run, change: dict[str, str]
) -> None:
    at = f"/incidents/{judged_run.incident_id}/shares/new"
    assert browse("responder").post(at, FORM | change).status_code == 200
    assert not ShareLink.objects.exists()


def test_viewers_neither_share_nor_revoke(
    browse: Callable[[str], Client], judged_run: Run, people: dict[str, User]
) -> None:
    at = f"/incidents/{judged_run.incident_id}/shares"
    assert browse("viewer").post(f"{at}/new", FORM).status_code == 403
    made(people, judged_run)
    link = ShareLink.objects.get()
    assert browse("viewer").post(f"{at}/{link.pk}/revoke").status_code == 403
    assert "Make the link" not in browse("viewer").get(at).content.decode()
    other = actions.open_incident(people["responder"], judged_run.incident.flow)
    elsewhere = f"/incidents/{other.pk}/shares/{link.pk}/revoke"
    assert browse("responder").post(elsewhere).status_code == 404


def test_a_restricted_incident_is_shared_by_its_commander_and_opener_only(
    judged_run: Run, people: dict[str, User]
) -> None:
    row, boss = judged_run.incident, people["admin"]
    _, token = actions.share(boss, row, "x")
    Incident.objects.filter(pk=row.pk).update(restricted=True)
    row.refresh_from_db()
    assert Client().get(f"/shared/{token}").status_code == 404, "links of others end with that"
    with pytest.raises(roles.NotAllowed, match="commander"):
        actions.share(boss, row, "x")
    made(people, judged_run)  # the opener
    actions.change_head(boss, row, {"commander": "admin"})
    assert Client().get(f"/shared/{token}").status_code == 200


# --- reading --------------------------------------------------------------------------------------


def test_it_shows_head_verdict_and_both_paths(judged_run: Run, people: dict[str, User]) -> None:
    page = read(made(people, judged_run))
    assert "checkout &lt;b&gt;fails&lt;/b&gt;" in page and "fw-b" in page
    assert page.count("<svg") == 2 and "The two paths" in page
    assert "<script" not in page and "responder" not in page
    assert "csrf" not in page and 'href="/' not in page.replace('href="/static', "")


def test_it_shows_no_command_output_reason_or_evidence(
    judged_run: Run, people: dict[str, User]
) -> None:
    note = actions.add_note(people["responder"], judged_run.incident, "call me @admin: secret")
    actions.pin(people["responder"], judged_run.incident, note.seq)
    page = read(made(people, judged_run))
    for command in judged_run.commands.values_list("command", flat=True):
        assert bytes(command).decode() not in page
    for reason in judged_run.verdict["reasons"]:
        assert reason["text"] not in page
    assert "secret" not in page and "What to change" not in page


def test_marked_lines_are_shown_where_that_was_chosen_and_people_only_where_it_was(
    judged_run: Run, people: dict[str, User]
) -> None:
    by, row = people["responder"], judged_run.incident
    note = actions.add_note(by, row, "@admin look: <b>odd</b>, says responder")
    actions.pin(by, row, note.seq)
    page = read(made(people, judged_run, timeline=True))
    assert "@somebody look: &lt;b&gt;odd&lt;/b&gt;, says somebody" in page
    assert "responder" not in page and "admin" not in page
    named = read(made(people, judged_run, timeline=True, people=True))
    assert "@admin look" in named and "<b>responder</b>" in named


def test_a_change_that_is_marked_does_not_show_its_commands(
    judged_run: Run, people: dict[str, User]
) -> None:
    from workbench.integrations import actions as integrations

    by, row = people["responder"], judged_run.incident
    event = integrations.record_change(by, row, "fw-b", "set secret-policy 1", "to test")
    actions.pin(by, row, event.seq)
    page = read(made(people, judged_run, timeline=True))
    assert "applied something else" in page and "secret-policy" not in page


def test_letters_leave_no_name_and_no_other_address(
    judged_run: Run, people: dict[str, User]
) -> None:
    row = judged_run.incident
    actions.change_head(
        people["responder"], row, {"title": "FW-B drops 10.77.0.1", "impact": "r1!"}
    )
    note = actions.add_note(people["responder"], row, "fw-b has rule 7 for 10.99.1.2")
    actions.pin(people["responder"], row, note.seq)
    page = read(made(people, judged_run, letters=True, timeline=True))
    hops = [hop for side in ("forward", "reverse") for hop in judged_run.picture[side]["hops"]]
    for name in {hop["name"] for hop in hops} - {"client", "server"}:
        assert not re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z0-9])", page, re.I), name
    assert "device A" in page and "fw-b" not in page.lower()
    assert "DROPPED HERE" in page and "ct state" not in page and "wan0" not in page
    ends = {str(row.flow.src), str(row.flow.dst)}
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", page)) <= ends


def test_headers_keep_it_out_of_caches_indexes_and_referrers(
    judged_run: Run, people: dict[str, User]
) -> None:
    address = made(people, judged_run)
    for answer in (Client().get(address), Client().get("/shared/nothing")):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not answer.cookies


def test_each_opening_is_counted(judged_run: Run, people: dict[str, User]) -> None:
    address = made(people, judged_run)
    for _ in range(3):
        read(address)
    link = ShareLink.objects.get()
    assert link.opened == 3 and link.first_opened_at < link.last_opened_at


# --- the end --------------------------------------------------------------------------------------


def over(how: str, people: dict[str, User]) -> None:
    link = ShareLink.objects.get()
    if how == "revoked":
        assert actions.revoke(people["responder"], link)
        assert not actions.revoke(people["responder"], link)
    elif how == "expired":
        ShareLink.objects.update(expires_at=timezone.now())
    else:
        User.objects.filter(pk=link.made_by_id).update(is_active=False)


@pytest.mark.parametrize("how", ["revoked", "expired", "maker gone"])
def test_after_its_end_a_link_says_what_an_unknown_one_says(
    judged_run: Run, people: dict[str, User], how: str
) -> None:
    address = made(people, judged_run)
    over(how, people)
    ended, unknown = Client().get(address), Client().get("/shared/" + "x" * 43)
    assert (ended.status_code, unknown.status_code) == (404, 404)
    assert ended.content == unknown.content
    assert ShareLink.objects.get().opened == 0


def test_whoever_guesses_is_slowed_down(
    judged_run: Run, people: dict[str, User], monkeypatch: Any, caplog: Any
) -> None:
    monkeypatch.setattr(sharing, "WRONG", 3)
    address = made(people, judged_run)
    for _ in range(3):
        assert Client().get("/shared/wrong").status_code == 404
    caplog.clear()
    assert Client().get(address).status_code == 429
    assert address not in caplog.text
    assert Client(REMOTE_ADDR="192.0.2.9").get(address).status_code == 200


def test_only_so_many_links_are_valid_at_a_time(
    judged_run: Run, people: dict[str, User], monkeypatch: Any
) -> None:
    monkeypatch.setattr("workbench.incidents.actions.sharing.MOST_LINKS", 1)
    made(people, judged_run)
    with pytest.raises(ActionRefused, match="revoke some"):
        made(people, judged_run)
