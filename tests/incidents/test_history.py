"""Numbers without gaps, and history that nobody rewrites."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from collectors.model.evidence import Evidence, Query, Question, Status
from workbench.incidents import actions, queries, timeline
from workbench.incidents.append_only import AppendOnly
from workbench.incidents.audit import CommandLog
from workbench.incidents.models import CommandRecord, CommandResult, Event, Incident, Run

QUERY = Query("fw-a", Question.RULES, step="rules")


def in_threads(count: int, act: Callable[[int], object]) -> list[BaseException]:
    """Do it in many threads at once; what they raised."""
    start, raised = threading.Barrier(count), []

    def work(number: int) -> None:
        start.wait()
        try:
            act(number)
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_numbers_are_given_once_and_without_a_gap_to_many_writers(
    incident: Incident, responder: Any
) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            actions.add_note(responder, incident, f"{number}/{turn}")

    assert in_threads(8, write) == []
    assert [event.seq for event in queries.events_after(incident, 0)] == list(range(1, 42))


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_start_a_run_at_once_one_is_told_so(
    incident: Incident, responder: Any
) -> None:
    raised = in_threads(4, lambda _: actions.start_run(responder, incident))
    assert [type(error) for error in raised] == [actions.ActionRefused] * 3
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_a_number_is_not_used_up_by_what_is_rolled_back(incident: Incident, responder: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        timeline.append(incident.pk, Event.Kind.NOTE, {}, by=responder)
        raise ZeroDivisionError
    assert actions.add_note(responder, incident, "next").seq == 2


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_of_a_transaction_is_a_mistake(incident: Incident) -> None:
    with pytest.raises(RuntimeError):
        timeline.append(incident.pk, Event.Kind.NOTE, {})


@pytest.fixture
def record(incident: Incident, run: Run, responder: Any) -> CommandRecord:
    log = CommandLog(incident, run, responder)
    token = log.intend(QUERY, "ops@fw-a", b"ip -j rule \xff\x00")
    log.result(
        token,
        Evidence(
            "e1", QUERY, Status.ANSWERED, stdout=b"[]", stderr=b"!", exit_status=0, duration=0.1
        ),
    )
    return token


@pytest.mark.django_db
def test_a_command_is_kept_to_the_byte(record: CommandRecord) -> None:
    kept = CommandRecord.objects.get()
    assert bytes(kept.command) == b"ip -j rule \xff\x00"
    assert kept.command_text == "ip -j rule \\xff\x00"
    assert (kept.device, kept.account, kept.actor_name, kept.step) == (
        "fw-a",
        "ops@fw-a",
        "rita",
        "rules",
    )
    assert (kept.result.size, kept.result.exit_status, kept.result.status) == (3, 0, "answered")


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Event, CommandRecord, CommandResult])
def test_rows_of_history_refuse_to_change(model: Any, record: CommandRecord) -> None:
    row = model.objects.first()
    for act in (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(at=None),
        lambda: model.objects.bulk_update([row], ["at"]),
    ):
        with pytest.raises(AppendOnly):
            act()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table", ["incidents_event", "incidents_commandrecord", "incidents_commandresult"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_the_database_itself_refuses(table: str, statement: str, record: CommandRecord) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


@pytest.mark.django_db
def test_people_and_incidents_with_a_history_stay(
    record: CommandRecord, responder: Any, incident: Incident
) -> None:
    for row in (responder, incident):
        with pytest.raises(ProtectedError):
            row.delete()
