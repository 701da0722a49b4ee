"""Incidents are found by what is in them, and by nobody who may not see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.model.flow import Flow
from tests.incidents.conftest import FLOW, person
from workbench.incidents import actions
from workbench.incidents.models import FoundCause, Incident, Run, SearchText
from workbench.incidents.search import engines, filling, index
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find
from workbench.incidents.search.query_text import as_text
from workbench.incidents.worker import progress

pytestmark = pytest.mark.django_db
OTHER = Flow.parse("udp [2001:db8::5]:5000 > [2001:db8:1::9]:53")


def found(who: Any, text: str, /, **fields: str) -> list[str]:
    """The titles that somebody finds."""
    return [row.title for row in find(who, asked(text, timezone.now(), fields))]


@pytest.fixture
def two(responder: Any) -> tuple[Incident, Incident]:
    ledger = actions.open_incident(responder, FLOW, "Checkout cannot reach the ledger")
    names = actions.open_incident(responder, OTHER, "Name service slow")
    return ledger, names


@pytest.fixture
def told(two: Any, responder: Any) -> tuple[Incident, Incident]:
    """A note in each, and a final verdict in the first."""
    from tests.incidents.test_investigator import findings, verdict

    ledger, names = two
    actions.add_note(responder, ledger, "Retransmissions since the deploy; see 10.20.30.40, café")
    actions.add_note(responder, names, "10.99.0.1 resets, deploy is innocent")
    run = progress.begin_run(actions.start_run(responder, ledger).pk, "w")
    assert run is not None
    drawn = progress.drawing(findings(), verdict())
    progress.record_walk(run, drawn)
    progress.record_verdict(run, drawn, verdict().as_dict(), True)
    progress.finish_run(run, Run.State.DONE)
    return ledger, names


BOTH = ["Name service slow", "Checkout cannot reach the ledger"]
LEDGER, NAMES = [BOTH[1]], [BOTH[0]]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("", BOTH),
        ("ledger", LEDGER),
        ("LEDG", LEDGER),
        ("ledger retransmissions", LEDGER),  # one word in the title, one in a note
        ('"cannot reach"', LEDGER),
        ('"reach cannot"', []),
        ('"retrans"', []),  # quoted words are whole
        ("cafe", LEDGER),
        ("deploy", BOTH),
        ("ledger resets", []),
        ("192.0.2.20", LEDGER),
        ("address:192.0.2.0/24", LEDGER),
        ("address:10.0.0.0/8", BOTH),
        ("10.20.0.0/16", LEDGER),
        ("address:10.20.30.41", []),
        ("address:2001:db8::/32", NAMES),
        ("address:0.0.0.0/0 address:2001:db8::/32", NAMES),
        ("device:edge-fw-a", LEDGER),
        ("device:edge-fw", []),
        ("cause:stateful_fw", LEDGER),
        ("cause:mtu", []),
        ("by:rita", BOTH),
        ("by:vera", []),
        ("state:open", BOTH),
        ("state:resolved", []),
        ("state:open,resolved ledger", LEDGER),
        ("since:1d", BOTH),
        ("until:2020-01-01", []),
        ("since:2020-01-01 name", NAMES),
    ],
)
def test_what_is_asked_for_is_found(
    told: Any, responder: Any, text: str, titles: list[str]
) -> None:
    assert found(responder, text) == titles


def test_fields_say_the_same_as_the_query(told: Any, responder: Any) -> None:
    fields = {"device": "edge-fw-a", "since": "1d", "by": "rita"}
    assert found(responder, "ledger", **fields) == LEDGER
    assert as_text("ledger", fields) == "ledger device:edge-fw-a by:rita since:1d"
    assert found(responder, as_text("ledger", fields)) == LEDGER


@pytest.mark.parametrize("text", ["address:x", "cause:gremlins", "state:broken", "since:whenever"])
def test_what_is_not_understood_is_said(text: str) -> None:
    assert len(asked(text, timezone.now()).problems) == 1


def test_a_restricted_incident_is_not_found_by_anything(told: Any, viewer: Any) -> None:
    ledger, _ = told
    Incident.objects.filter(pk=ledger.pk).update(restricted=True)
    for text in ("ledger", "device:edge-fw-a", "192.0.2.20", "cause:stateful_fw", "by:rita", ""):
        assert "Checkout cannot reach the ledger" not in found(viewer, text), text
    assert find(viewer, asked("", timezone.now())).count() == 1
    actions.invite(person("boss", "responder"), ledger, viewer)
    assert found(viewer, "ledger") == LEDGER


def test_words_and_the_event_that_says_them_are_kept_together(two: Any, responder: Any) -> None:
    from django.db import transaction

    ledger, _ = two
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.add_note(responder, ledger, "unwritten")
        raise RuntimeError
    assert found(responder, "unwritten") == []


def test_a_redacted_note_is_found_no_longer(two: Any, responder: Any) -> None:
    note = actions.add_note(responder, two[0], "the password is hunter2")
    assert found(responder, "hunter2") == LEDGER
    index.forget(two[0].pk, note.seq)
    assert found(responder, "hunter2") == []


def kept() -> dict[int, list[str]]:
    """The words of each event; databases keep the fields of a payload in orders of their own."""
    return {pk: sorted(text.split()) for pk, text in SearchText.objects.values_list("pk", "words")}


def test_an_older_database_is_filled(told: Any, responder: Any) -> None:
    from django.apps import apps

    before = kept()
    SearchText.objects.all().delete()
    FoundCause.objects.all().delete()
    for incident in told:
        for mentions in ("device_mentions", "address_mentions", "person_mentions"):
            getattr(incident, mentions).all().delete()
    assert found(responder, "ledger") == found(responder, "device:edge-fw-a") == []
    filling.fill(apps, None)
    assert kept() == before
    for text in ("ledger", "device:edge-fw-a", "192.0.2.20", "cause:stateful_fw"):
        assert found(responder, text) == LEDGER
    assert found(responder, "by:rita") == BOTH


def test_a_chosen_fault_is_the_cause(told: Any, responder: Any) -> None:
    ledger, _ = told
    assert FoundCause.objects.get(incident=ledger).guilty == "edge-fw-a"
    Run.objects.update(outcome="healthy", root_cause="healthy_symmetric")
    actions.choose_fault(responder, ledger, Run.objects.get())
    assert FoundCause.objects.get(incident=ledger).cause == "healthy_symmetric"


HOSTILE = [
    '"', '""', "'", "*", "NEAR(a b)", "a AND", "OR", "NOT", "^a", "words:a", "a:b:c", "-", "(", "a)",
    "\0", "a\0b", "'; DROP TABLE incidents_event; --", "%s", "%", "\\", ":*", "a & b | !c", "<->",
    "x" * 10_000, "a " * 5_000, "address:" + "1" * 400, "since:9999-99-99", "until:0001-01-01", "until:9999-12-31",
    "since:9999w", "device:", 'device:"', "address:::/0", "🦊", "\ud800", "½ ²", "a" * 63 + "\u0301",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_query_finds_or_does_not(two: Any, responder: Any, text: str) -> None:
    found(responder, text)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=60))
def test_any_text_is_a_query(roles_there: None, text: str) -> None:
    list(find(_viewer(), asked(text, timezone.now())))


def _viewer() -> Any:
    from django.contrib.auth.models import User

    user, _ = User.objects.get_or_create(username="any", is_superuser=True)
    return user


def test_every_word_of_a_note_finds_it(two: Any, responder: Any) -> None:
    text = "naïve Größe 東京 rp_filter fw-a/eth0.100 12e5 0x1F 007 ﬁle"
    actions.add_note(responder, two[0], text)
    for word in text.split():
        assert found(responder, word) == LEDGER, word


def test_sqlite_and_the_engine_agree(two: Any, responder: Any) -> None:
    """The engine's own check of its index against the table."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {engines.INDEX}({engines.INDEX}) VALUES('integrity-check')"
            )


def test_time_is_a_half_open_span(two: Any, responder: Any) -> None:
    ledger, _ = two
    Incident.objects.filter(pk=ledger.pk).update(opened_at=timezone.now() - timedelta(days=10))
    assert found(responder, "since:7d") == NAMES and found(responder, "until:7d") == LEDGER
