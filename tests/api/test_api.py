"""Everything that the pages do can be done by a program."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.incidents.conftest import FLOW
from tests.incidents.test_investigator import ANSWER, findings, verdict
from workbench.api.models import ApiToken
from workbench.incidents import actions
from workbench.incidents.audit import CommandLog
from workbench.incidents.models import Incident, Run
from workbench.incidents.worker import progress

pytestmark = pytest.mark.django_db


class Program:
    """Talks JSON with a token, and with CSRF checks on."""

    def __init__(self, person: Any) -> None:
        self._client = Client(enforce_csrf_checks=True)
        self._token = ApiToken.issue(person, "test") if person else "bw_wrong"

    def get(self, address: str) -> Any:
        return self._client.get(
            f"/api/{address}", headers={"Authorization": f"Bearer {self._token}"}
        )

    def post(self, address: str, **fields: Any) -> Any:
        return self._client.post(
            f"/api/{address}",
            json.dumps(fields),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self._token}"},
        )

    def send(self, address: str, **files: Any) -> Any:
        """A form with files."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._client.post(f"/api/{address}", files, headers=headers)


@pytest.fixture
def rita(responder: Any) -> Program:
    return Program(responder)


@pytest.fixture
def vera(viewer: Any) -> Program:
    return Program(viewer)


@pytest.fixture
def learnt(run: Run, responder: Any) -> Run:
    """A run that has learnt something and is done."""
    log = CommandLog(run.incident, run, responder)
    log.result(log.intend(ANSWER.query, "root", b"ip -j route get"), ANSWER)
    progress.record_evidence(run, ANSWER, log.of(ANSWER.query))
    progress.record_verdict(run, progress.drawing(findings(), verdict()), verdict().as_dict(), True)
    progress.finish_run(run, Run.State.DONE)
    run.refresh_from_db()
    return run


def test_an_incident_is_opened_and_investigated_in_one_request(rita: Program) -> None:
    answer = rita.post("incidents", flow=str(FLOW), title="Ledger", run=True)
    assert answer.status_code == 201
    state = rita.get(f"incidents/{answer.json()['id']}/state").json()
    assert (state["incident"]["title"], state["run"]["state"], state["last"]) == (
        "Ledger",
        "queued",
        2,
    )
    assert state["figure"] is None and state["progress"] == {"device": [], "step": []}


@pytest.mark.parametrize(
    "flow", ["", "tcp 1.2.3.4 > $(reboot):1", "tcp 1.2.3.4:99999 > 1.2.3.5:1", {"a": 1}, None]
)
def test_a_flow_that_is_none_is_refused_in_words(rita: Program, flow: Any) -> None:
    answer = rita.post("incidents", flow=flow)
    assert answer.status_code == 400 and answer.json()["error"]


def test_events_come_in_order_after_a_number(
    rita: Program, incident: Incident, responder: Any
) -> None:
    for number in range(3):
        actions.add_note(responder, incident, f"note {number}")
    feed = rita.get(f"incidents/{incident.pk}/events?after=2").json()
    assert (feed["last"], feed["upto"], [e["seq"] for e in feed["events"]]) == (4, 4, [3, 4])
    assert feed["events"][0]["payload"] == {"text": "note 1"}
    assert rita.get(f"incidents/{incident.pk}/events?after=x").status_code == 400
    assert rita.get(f"incidents/{incident.pk}/events?after=99").json()["events"] == []


def test_a_run_s_verdict_and_pictures(rita: Program, learnt: Run) -> None:
    run = f"incidents/{learnt.incident_id}/runs/1"
    assert rita.get(f"{run}/verdict").json()["root_cause"] == "asym_stateful_fw"
    assert rita.get(f"{run}/picture").json()["flow"] == str(FLOW)
    assert rita.get(f"{run}/figure?theme=light&width=400").json()["data"]
    state = rita.get(f"incidents/{learnt.incident_id}/state").json()
    assert state["figure"] == f"/api/{run}/figure"
    assert state["progress"]["device"] == [
        {"name": "edge-fw-a", "asked": 1, "answered": 1, "statuses": {"answered": 1}}
    ]


def test_hostile_output_leaves_as_a_file_only(rita: Program, learnt: Run) -> None:
    run = f"incidents/{learnt.incident_id}/runs/1"
    [row] = rita.get(f"{run}/evidence?device=edge-fw-a").json()["evidence"]
    raw = rita.get(f"{run}/evidence/{row['id']}/stdout")
    assert raw.content == ANSWER.stdout
    assert (
        raw.headers["Content-Disposition"]
        == 'attachment; filename="edge-fw-a-route-choice-e1.stdout"'
    )
    assert raw.headers["Content-Type"] == "application/octet-stream"
    assert rita.get(f"{run}/evidence/{row['id']}/stderr").content == ANSWER.stderr
    assert rita.get(f"{run}/evidence/nothing/stdout").status_code == 404


def test_commands_are_found_by_device_person_and_incident(rita: Program, learnt: Run) -> None:
    [row] = rita.get(
        f"commands?device=edge-fw-a&person=rita&incident={learnt.incident_id}&run=1"
    ).json()["commands"]
    assert (row["command"], row["account"], row["result"]["size"]) == (
        "ip -j route get",
        "root",
        18,
    )
    for other in ("device=x", "person=x", "incident=99", "until=2001-01-01", "question=rules"):
        assert rita.get(f"commands?{other}").json()["commands"] == []


def test_runs_are_started_cancelled_and_compared(rita: Program, learnt: Run) -> None:
    address = f"incidents/{learnt.incident_id}/runs"
    assert rita.post(address, probes="off", window=3).json()["number"] == 2
    assert rita.post(address).status_code == 409
    assert rita.post(f"{address}/2/cancel").json() == {"cancelled": True}
    assert [row["state"] for row in rita.get(address).json()["runs"]] == ["cancelled", "done"]
    changes = rita.get(f"{address}/1/compare/2").json()["changes"]
    assert {"what": "guilty_node", "before": "edge-fw-a", "after": None} in changes
    for bad in (
        {"window": 1e9},
        {"window": "x"},
        {"window": float("nan")},
        {"probes": "[]"},
        {"ask": "some"},
    ):
        assert rita.post(address, **bad).status_code in (400, 409)


def test_notes_and_states(rita: Program, incident: Incident) -> None:
    assert rita.post(f"incidents/{incident.pk}/notes", text="called the carrier").status_code == 201
    assert rita.post(f"incidents/{incident.pk}/notes", text=" ").status_code == 409
    changed = rita.post(
        f"incidents/{incident.pk}/change-state", state="resolved", why="route moved"
    )
    assert changed.json()["state"] == "resolved"


def test_a_viewer_reads_and_changes_nothing(vera: Program, incident: Incident) -> None:
    assert vera.get(f"incidents/{incident.pk}").status_code == 200
    assert vera.post("incidents", flow=str(FLOW)).status_code == 403
    assert vera.post(f"incidents/{incident.pk}/notes", text="x").json() == {
        "error": "this needs the role responder"
    }
    assert vera.post("inventory").status_code == 403


def test_what_may_not_be_seen_is_not_there(vera: Program, responder: Any) -> None:
    secret = actions.open_incident(responder, FLOW, restricted=True)
    for address in ("", "/state", "/events", "/runs"):
        assert vera.get(f"incidents/{secret.pk}{address}").status_code == 404
    assert vera.get("incidents").json() == {"incidents": [], "next": None}


def test_a_wrong_or_old_token_opens_nothing(responder: Any, viewer: Any) -> None:
    assert Program(None).get("incidents").status_code == 401
    rita = Program(responder)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert rita.get("incidents").status_code == 401
    responder.is_active = False
    ApiToken.objects.update(expires_at=None)
    responder.save()
    assert rita.get("incidents").status_code == 401


def test_a_token_is_kept_as_a_digest_only(responder: Any) -> None:
    token = ApiToken.issue(responder, "ci")
    assert token not in str(ApiToken.objects.values())


def test_the_command_line_makes_a_token_that_works(
    responder: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("make_token", "rita", "ci")
    token = capsys.readouterr().out.strip()
    assert (
        Client().get("/api/incidents", headers={"Authorization": f"Bearer {token}"}).status_code
        == 200
    )
    with pytest.raises(CommandError):
        call_command("make_token", "nobody", "ci")


def test_a_token_opens_no_page(responder: Any) -> None:
    token = ApiToken.issue(responder, "ci")
    assert Client().get("/", headers={"Authorization": f"Bearer {token}"}).status_code == 302


def test_a_session_needs_its_csrf_token(responder: Any, incident: Incident) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(responder)
    address = f"/api/incidents/{incident.pk}/notes"
    assert client.post(address, {"text": "forged"}).status_code == 403
    assert "X-CSRFToken" in client.post(address, {"text": "forged"}).json()["error"]
    assert client.post("/logout").status_code == 403
    assert Incident.objects.get(pk=incident.pk).last_seq == 1


def test_what_is_no_json_is_refused(rita: Program, responder: Any) -> None:
    client = Client()
    client.force_login(responder)
    for body in (b"{", b"[]", b"\xff", b"[" * 100_000):
        answer = client.post("/api/incidents", body, content_type="application/json")
        assert answer.status_code == 400, body[:10]
    assert client.delete("/api/incidents").status_code == 405


def test_an_output_is_pasted_or_uploaded_and_taken_back(
    rita: Program, responder: Any, incident: Incident
) -> None:
    address = f"incidents/{incident.pk}/pasted"
    text = "192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n"
    piece = rita.post(address, device="fw-a", text=text).json()
    assert (piece["id"], piece["question"], piece["records"]) == ("p1", "neighbours", 1)
    client = Client()
    client.force_login(responder)
    file = SimpleUploadedFile("neigh.txt", text.encode())
    assert client.post(f"/api/{address}", {"device": "fw-b", "file": file}).json()["id"] == "p2"
    refused = rita.post(address, device="fw-a", text="lorem ipsum")
    assert (refused.status_code, refused.json()["pieces"][0]["command"]) == (400, "lorem ipsum")
    both = rita.post(
        address, device="fw-c", text=f"$ ip neigh\n{text}$ ls\n$ ip neigh\n{text}"
    ).json()
    assert ([row["id"] for row in both["pasted"]], both["left_out"]) == (["p3", "p4"], ["ls"])
    assert rita.post(f"{address}/1/withdraw").json() == {"withdrawn": True}
    assert rita.post(f"{address}/9/withdraw").status_code == 404
    assert [row["withdrawn_at"] is None for row in rita.get(address).json()["pasted"]] == [
        False,
        True,
        True,
        True,
    ]


def test_the_postmortem_is_taken_by_a_program_and_that_is_written_down(
    rita: Program, learnt: Run
) -> None:
    for form in ("md", "html"):
        taken = rita.get(f"incidents/{learnt.incident_id}/postmortem.{form}")
        assert taken.status_code == 200 and "attachment" in taken.headers["Content-Disposition"]
    assert rita.get(f"incidents/{learnt.incident_id}/postmortem.exe").status_code == 404
    events = rita.get(f"incidents/{learnt.incident_id}/events").json()["events"]
    assert [e["payload"]["form"] for e in events if e["kind"] == "exported"] == ["md", "html"]


def test_a_line_that_lacks_an_end_of_its_flow_is_refused_in_words(rita: Program) -> None:
    answer = rita.post(
        "incidents", flow="IPv4: martian source 192.0.2.30 from 198.51.100.40, on dev wan2"
    )
    assert answer.status_code == 400 and "its ports are not in this line" in answer.json()["error"]
