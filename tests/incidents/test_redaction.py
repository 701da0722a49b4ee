"""What should never have been written is taken out for good; a tombstone stays, and nothing else
of the record can be changed in this way."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from collectors.model.evidence import Evidence, Query, Question, Status
from tests.incidents.conftest import person
from workbench.incidents import actions, queries
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import (
    Event,
    EvidenceRow,
    Image,
    Incident,
    Pasted,
    RedactedForm,
    Redaction,
    Run,
    SectionVersion,
)
from workbench.incidents.roles import NotAllowed
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find
from workbench.incidents.storage import evidence_rows
from workbench.incidents.worker import progress
from workbench.web.presenters.timeline import line

pytestmark = pytest.mark.django_db
SECRET = "correct-horse-battery"
NOTE = f"log in with {SECRET} on fw-a"


@pytest.fixture
def admin(roles_there: None) -> Any:
    boss = person("ada", "responder")
    boss.is_staff = True
    boss.save()
    return boss


@pytest.fixture
def note(incident: Incident, responder: Any) -> Event:
    return actions.add_note(responder, incident, NOTE)


def everything() -> bytes:
    """Every value of every table, packed ones unpacked as far as rows show them."""
    found = b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    found += (
                        bytes(value)
                        if isinstance(value, bytes | memoryview)
                        else repr(value).encode()
                    )
    return found


def test_of_a_note_a_tombstone_stays(incident: Incident, admin: Any, note: Event) -> None:
    actions.redact(admin, incident, f"n{note.seq}", "a password")
    left = Event.objects.get(pk=note.pk).payload["redacted"]
    assert left["by"] == "ada" and left["why"] == "a password"
    assert left["sha256"] == hashlib.sha256(NOTE.encode()).hexdigest()
    assert left["size"] == len(NOTE)
    shown = line(queries.timeline(incident).get(seq=note.seq))
    assert "ada redacted: a password" in shown.text and not shown.html
    assert SECRET.encode() not in everything()
    assert not find(admin, asked("battery", timezone.now())).exists()


def test_with_a_note_go_its_corrections_and_all_that_quotes_it(
    incident: Incident, admin: Any, responder: Any, note: Event
) -> None:
    actions.correct_note(responder, incident, note.seq, f"use {SECRET} on fw-b")
    quoting = f"- 02:07:11 **rita** wrote {NOTE} [n{note.seq}]\n\nI was told {SECRET}."
    draft = actions.Draft("summary", quoting, 0, record=f"The password is {SECRET}.")
    actions.write_section(responder, incident, draft)
    actions.change_head(responder, incident, {"impact": f"{SECRET} is out"})
    actions.add_note(responder, incident, f"do not use {SECRET}")
    item = actions.ItemFields(text=f"rotate {SECRET}", kind="prevent")
    actions.add_item(responder, incident, item)
    actions.redact(admin, incident, f"n{note.seq}", "a password", secret=SECRET)
    assert SECRET.encode() not in everything()
    text = SectionVersion.objects.get(incident=incident).text
    assert text == f"- [redacted r1] [n{note.seq}]\n\nI was told [redacted r1]."
    assert not RedactedForm.objects.exists()


def test_only_administrators_redact(incident: Incident, responder: Any, note: Event) -> None:
    with pytest.raises(NotAllowed):
        actions.redact(responder, incident, f"n{note.seq}", "why")


@pytest.mark.parametrize(
    "what, why, secret",
    [
        ("n2", "", ""),
        ("n1", "x", ""),
        ("n99", "x", ""),
        ("n2", "x", "abc"),
        ("n2", "it was hunter2", "hunter2"),
        ("all", "x", ""),
        ("image 1", "x", ""),
        ("p1", "x", ""),
    ],
)
def test_what_makes_no_sense_is_refused(
    incident: Incident, admin: Any, note: Event, what: str, why: str, secret: str
) -> None:
    with pytest.raises(ActionRefused):
        actions.redact(admin, incident, what, why, secret=secret)
    assert not Redaction.objects.exists() and Event.objects.get(pk=note.pk).payload["text"] == NOTE


def test_twice_is_refused(incident: Incident, admin: Any, note: Event) -> None:
    actions.redact(admin, incident, f"n{note.seq}", "a password")
    with pytest.raises(ActionRefused, match="already"):
        actions.redact(admin, incident, f"n{note.seq}", "a password")


def test_not_while_a_run_is_active(run: Run, admin: Any, responder: Any) -> None:
    note = actions.add_note(responder, run.incident, NOTE)
    with pytest.raises(ActionRefused, match="run is under way"):
        actions.redact(admin, run.incident, f"n{note.seq}", "a password")


def test_of_an_image_no_byte_stays(incident: Incident, admin: Any, responder: Any) -> None:
    from PIL import Image as Picture

    raw = BytesIO()
    Picture.new("RGB", (8, 8), "red").save(raw, "PNG")
    kept = actions.add_image(responder, incident, raw.getvalue())
    actions.redact(admin, incident, "image 1", "a badge")
    row = Image.objects.get(pk=kept.pk)
    assert bytes(row.data) == b"" and row.digest == kept.digest
    again = actions.add_image(responder, incident, raw.getvalue())
    assert again.number == 2 and bytes(again.data)


def output(number: int, stdout: bytes) -> Evidence:
    query = Query("fw-a", Question.RULES, step="rules")
    return Evidence(
        f"e{number}",
        query,
        Status.ANSWERED,
        command="ip -j rule",
        stdout=stdout,
        pasted_by="rita",
    )


def test_of_a_paste_nothing_stays_in_the_paste_or_in_runs(
    incident: Incident, admin: Any, responder: Any
) -> None:
    pasted = actions.paste(responder, incident, output(1, SECRET.encode()))
    run = actions.start_run(responder, incident)
    begun = progress.begin_run(run.pk, "worker:1")
    assert begun is not None
    for evidence in evidence_rows.pasted_evidence(incident):
        progress.record_evidence(begun, evidence)
    progress.finish_run(begun, Run.State.DONE)
    actions.redact(admin, incident, "p1", "a password")
    row = EvidenceRow.objects.get(run=run)
    assert (row.stdout, row.records, row.record_count) == (b"", (), 0)
    assert row.digest == hashlib.sha256(SECRET.encode()).hexdigest()
    pasted = Pasted.objects.get(pk=pasted.pk)
    assert evidence_rows.unpack(pasted.packed_evidence).stdout == b""
    assert pasted.withdrawn_at and not evidence_rows.pasted_evidence(incident)


def test_the_secret_goes_from_every_answer_that_holds_it(
    run: Run, incident: Incident, admin: Any
) -> None:
    for number, said in ((1, SECRET.encode()), (2, b"x " + SECRET.encode()), (3, b"harmless")):
        evidence = output(number, said)
        progress.record_evidence(run, evidence)
    progress.finish_run(run, Run.State.DONE)
    actions.redact(admin, incident, "run 1 e1", "a password", secret=SECRET)
    left = dict(EvidenceRow.objects.values_list("evidence_id", "redaction__number"))
    assert left == {"e1": 1, "e2": 1, "e3": None}
    assert EvidenceRow.objects.get(evidence_id="e3").stdout == b"harmless"


def refused(sql: str, *values: object) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)


def permit(redaction: Redaction, row: int, form: dict[str, Any]) -> RedactedForm:
    return RedactedForm.objects.create(
        redaction=redaction, table="incidents_event", row=row, form=form
    )


def test_the_database_takes_the_redacted_form_and_no_other_change(
    incident: Incident, admin: Any, responder: Any, note: Event
) -> None:
    other = actions.add_note(responder, incident, "something else")
    actions.redact(admin, incident, f"n{note.seq}", "a password")
    redaction = Redaction.objects.get()
    update = "UPDATE incidents_event SET payload = %s WHERE id = %s"
    refused(update, '{"text": "never said"}', other.pk)  # a redaction alone opens nothing
    permit(redaction, other.pk, {"payload": {"redacted": 1}})
    refused(update, '{"text": "never said"}', other.pk)
    refused(update, '{"redacted": 1}', note.pk)  # another row
    refused(
        "UPDATE incidents_event SET payload = %s, actor_name = 'x' WHERE id = %s",
        '{"redacted": 1}',
        other.pk,
    )
    refused("DELETE FROM incidents_event WHERE id = %s", other.pk)
    with connection.cursor() as cursor:
        cursor.execute(update, ['{"redacted":   1}', other.pk])
    assert Event.objects.get(pk=other.pk).payload == {"redacted": 1}


def test_a_form_changes_only_what_a_redaction_may_change(
    incident: Incident, admin: Any, note: Event
) -> None:
    actions.redact(admin, incident, f"n{note.seq}", "a password")
    permit(Redaction.objects.get(), note.pk, {"payload": {}, "actor_name": "x"})
    refused(
        "UPDATE incidents_event SET payload = %s, actor_name = 'x' WHERE id = %s", "{}", note.pk
    )


def test_a_redaction_itself_stays(incident: Incident, admin: Any, note: Event) -> None:
    actions.redact(admin, incident, f"n{note.seq}", "a password")
    refused("UPDATE incidents_redaction SET why = 'x'")
    refused("DELETE FROM incidents_redaction")


def test_an_answer_kept_for_a_key_goes_too(incident: Incident, admin: Any, responder: Any) -> None:
    from workbench.api.models import SentRequest

    note = actions.add_note(responder, incident, "pw: x1")
    for key, answer in (("a", b'{"payload": {"text": "pw: x1"}}'), ("b", b"{}")):
        SentRequest.objects.create(person=responder, key=key, digest="", answer=answer)
    actions.redact(admin, incident, f"n{note.seq}", "a password")
    kept = {one.key: bytes(one.answer) for one in SentRequest.objects.all()}
    assert b"x1" not in kept["a"] and kept["b"] == b"{}"
