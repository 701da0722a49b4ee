"""An incident goes to another installation as a bundle, and is read there as it was."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.incidents.test_images import png
from tests.integrations.bundles import bundle_of, files_in, lines
from workbench.incidents import actions as incident_actions
from workbench.incidents import queries, sent
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import CommandRecord, Event, EvidenceRow, Incident, Run
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find
from workbench.integrations import actions
from workbench.integrations.bundle.tables import LEFT_OUT, TABLES
from workbench.integrations.models import ManualChange

pytestmark = pytest.mark.django_db
KEPT = sorted((Path(__file__).parents[1] / "fixtures/bundles").glob("*.tar.gz"))


# --- there and back ---


def test_what_comes_back_is_what_went_out(whole: Incident) -> None:
    bundle = bundle_of(whole)
    there = actions.import_bundle(None, io.BytesIO(bundle))
    first, again = files_in(bundle), files_in(bundle_of(there))
    for table in TABLES:
        assert lines(first, table.name), f"the test shows nothing of {table.name}"
        was, now = lines(first, table.name), lines(again, table.name)
        if table.name == "incident":  # the lines that importing and exporting wrote
            was[0].pop("last_seq"), now[0].pop("last_seq")
        if table.name == "events":
            assert [one["kind"] for one in now[len(was) :]] == ["imported"]
            now = now[: len(was)]
        assert now == was, table.name


def test_raw_bytes_are_those_of_the_device(whole: Incident) -> None:
    there = actions.import_bundle(None, io.BytesIO(bundle_of(whole)))
    rows = EvidenceRow.objects.filter(run__incident=there).order_by("pk")
    was = EvidenceRow.objects.filter(run__incident=whole).order_by("pk")
    assert [(one.stdout, one.records) for one in rows] == [(o.stdout, o.records) for o in was]
    assert all(one.command_record.incident_id == there.pk for one in rows)


def test_every_column_is_in_a_bundle_or_left_out_for_a_reason() -> None:
    for table in TABLES:
        here = {one.attribute for one in table.columns}
        here |= {one.attribute.removesuffix("_id") for one in table.links}
        fields = {one.name for one in table.model._meta.concrete_fields} | {
            one.name for one in table.model._meta.many_to_many
        }
        people = {name.removesuffix("_name") for name in here if name.endswith("_name")}
        ours = {"id", "incident", "actor", "hands", *LEFT_OUT.get(table.name, ())}
        assert fields - here - people - ours == set(), table.name


def test_people_are_names_and_no_users(whole: Incident) -> None:
    there = actions.import_bundle(None, io.BytesIO(bundle_of(whole)))
    assert (there.opened_by, there.who_opened, there.who_commands) == (
        None,
        "responder",
        "responder",
    )
    assert there.hands_names == ["responder"]
    assert not there.events.exclude(actor=None).exists()
    assert ManualChange.objects.get(incident=there).who == "responder"


def test_it_is_found_like_any_other(whole: Incident, people: dict[str, User]) -> None:
    there = actions.import_bundle(None, io.BytesIO(bundle_of(whole)))
    found = find(people["viewer"], asked("device:fw-b cause:asym-stateful-fw", timezone.now()))
    assert there.pk in [one.pk for one in found]


def test_the_timeline_says_from_where_it_came(whole: Incident, settings: Any) -> None:
    settings.PUBLIC_URL = "https://noc.example.org"
    bundle = bundle_of(whole)
    there = actions.import_bundle(None, io.BytesIO(bundle))
    last = there.events.last()
    assert last is not None and last.kind == Event.Kind.IMPORTED
    assert there.origin == f"noc.example.org, incident {whole.pk}"
    assert last.payload["sha256"] == hashlib.sha256(bundle).hexdigest()


@pytest.mark.parametrize("bundle", KEPT, ids=lambda path: path.name)
def test_bundles_of_earlier_versions_are_read(
    bundle: Path, people: dict[str, User], browse: Callable[[str], Client]
) -> None:
    with bundle.open("rb") as raw:
        there = actions.import_bundle(None, raw)
    for page in ("", "/postmortem", "/postmortem.html", "/postmortem.md"):
        assert browse("viewer").get(f"/incidents/{there.pk}{page}").status_code == 200, page
    assert Run.objects.filter(incident=there, verdict_final=True).exists()


def test_there_is_a_bundle_to_read() -> None:
    assert KEPT


def test_what_was_redacted_is_a_tombstone_there_too(whole: Incident) -> None:
    bundle = bundle_of(whole)
    assert not any(b"hunter2" in body for body in files_in(bundle).values())
    there = actions.import_bundle(None, io.BytesIO(bundle))
    assert there.redactions.get().why == "a password"
    assert there.events.filter(payload__has_key="redacted").exists()


# --- it is only read ---


def test_every_verb_is_refused_in_words(whole: Incident, people: dict[str, User]) -> None:
    there = actions.import_bundle(None, io.BytesIO(bundle_of(whole)))
    by = people["responder"]
    for verb in (
        lambda: incident_actions.add_note(by, there, "no"),
        lambda: incident_actions.start_run(by, there),
        lambda: incident_actions.change_state(by, there, "resolved"),
        lambda: incident_actions.change_head(by, there, {"title": "no"}),
        lambda: incident_actions.add_image(by, there, png()),
        lambda: actions.claim_fix(by, there.runs.get(), 2),
    ):
        with pytest.raises(ActionRefused, match="imported from"):
            verb()


def test_a_page_shows_no_button_that_acts(whole: Incident, browse: Callable[[str], Client]) -> None:
    there = actions.import_bundle(None, io.BytesIO(bundle_of(whole)))
    page = browse("responder").get(f"/incidents/{there.pk}").content.decode()
    assert "Imported from" in page
    assert '<button class="primary">Run again' not in page and "I am applying this" not in page


def test_what_another_installation_sent_is_not_in_our_record_of_commands(
    whole: Incident, people: dict[str, User]
) -> None:
    before = sent.commands(people["viewer"]).count()
    there = actions.import_bundle(None, io.BytesIO(bundle_of(whole)))
    assert CommandRecord.objects.filter(incident=there).exists()
    assert sent.commands(people["viewer"]).count() == before


# --- who may ---


def test_who_may_not_see_it_may_not_take_it(whole: Incident, people: dict[str, User]) -> None:
    Incident.objects.filter(pk=whole.pk).update(restricted=True)
    whole.refresh_from_db()
    with pytest.raises(incident_actions.common.roles.NotAllowed):
        actions.export_bundle(people["viewer"], whole)


def test_only_with_the_right_is_one_imported(
    whole: Incident, browse: Callable[[str], Client]
) -> None:
    bundle = bundle_of(whole)
    for role, status in (("responder", 403), ("admin", 302)):
        file = SimpleUploadedFile("b.tar.gz", bundle)
        assert browse(role).post("/incidents/import", {"bundle": file}).status_code == status
    assert Incident.objects.count() == 2


def test_a_restricted_one_stays_restricted(whole: Incident, people: dict[str, User]) -> None:
    Incident.objects.filter(pk=whole.pk).update(restricted=True)
    bundle = bundle_of(whole)
    there = actions.import_bundle(people["admin"], io.BytesIO(bundle))
    assert there.restricted and not queries.incidents(people["viewer"]).exists()
    incident_actions.invite(people["admin"], there, people["viewer"])
    assert list(queries.incidents(people["viewer"])) == [there]


def test_not_while_a_run_is_under_way(whole: Incident, people: dict[str, User]) -> None:
    incident_actions.start_run(people["responder"], whole)
    with pytest.raises(ActionRefused, match="under way"):
        actions.export_bundle(people["responder"], whole)


def test_it_is_written_down_that_it_was_taken(
    whole: Incident, browse: Callable[[str], Client]
) -> None:
    answer = browse("viewer").get(f"/incidents/{whole.pk}/bundle.tar.gz")
    assert answer.status_code == 200 and b"".join(answer).startswith(b"\x1f\x8b")  # type: ignore[arg-type]
    last = whole.events.last()
    assert last is not None and (last.kind, last.payload) == ("exported", {"form": "bundle"})


def test_the_interface_takes_one_and_gives_one(
    whole: Incident, browse: Callable[[str], Client]
) -> None:
    client = browse("admin")
    bundle = b"".join(client.get(f"/api/incidents/{whole.pk}/bundle"))  # type: ignore[arg-type]
    made = client.post("/api/incidents/import", {"bundle": SimpleUploadedFile("b.gz", bundle)})
    assert made.status_code == 201, made.content
    assert made.json()["origin"].endswith(f"incident {whole.pk}")
    assert client.get(f"/api/incidents/{made.json()['id']}").json()["origin"]


def test_the_commands_write_one_and_read_one(whole: Incident, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "b.tar.gz"
    call_command("export_incident", str(whole.pk), str(file))
    call_command("import_incident", str(file))
    assert "from another installation" in capsys.readouterr().out
    with pytest.raises(CommandError, match="exists"):
        call_command("export_incident", str(whole.pk), str(file))


def test_the_docs_list_every_column() -> None:
    said = (Path(__file__).parents[2] / "docs/bundle.md").read_text()
    for table in TABLES:
        columns = ", ".join(f"`{name}`" for name in table.names)
        assert f"| `{table.name}` | {columns} |" in said
