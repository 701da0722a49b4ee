"""What people do, and what they may not."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.step import Options
from tests.incidents.conftest import FLOW
from workbench.incidents import actions, queries
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, EvidenceRow, Incident, Run
from workbench.incidents.roles import NotAllowed
from workbench.incidents.worker import progress
from workbench.inventory.models import Device

pytestmark = pytest.mark.django_db


def kinds(incident: Incident) -> list[str]:
    return [event.kind for event in queries.events_after(incident, 0)]


def test_an_incident_keeps_the_flow_and_begins_its_timeline(
    incident: Incident, responder: Any
) -> None:
    assert incident.flow == FLOW
    [event] = queries.events_after(incident, 0)
    assert (event.seq, event.kind, event.actor_name) == (1, "opened", "rita")
    assert incident.last_seq == 1


def test_a_title_that_was_not_given_is_the_flow(responder: Any) -> None:
    assert actions.open_incident(responder, FLOW, " \n ").title == str(FLOW)


def test_a_viewer_only_looks(incident: Incident, viewer: Any, run: Run) -> None:
    for act in (
        lambda: actions.open_incident(viewer, FLOW),
        lambda: actions.start_run(viewer, incident),
        lambda: actions.cancel_run(viewer, run),
        lambda: actions.add_note(viewer, incident, "hello"),
        lambda: actions.change_state(viewer, incident, "resolved"),
        lambda: actions.allow_probes(viewer, incident, "full"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert kinds(incident) == ["opened", "run-queued", "run-started"]


def test_a_second_run_waits_for_the_first(incident: Incident, responder: Any, run: Run) -> None:
    with pytest.raises(ActionRefused, match="under way"):
        actions.start_run(responder, incident)
    progress.finish_run(run, Run.State.DONE)
    assert actions.start_run(responder, incident).number == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_told_only_after_the_commit(
    incident: Incident, responder: Any, ears: Any
) -> None:
    run = actions.start_run(responder, incident)
    assert ears.queued == [run.pk]
    assert ears.announced[-1] == (incident.pk, 2)


@pytest.mark.django_db(transaction=True)
def test_a_run_waits_when_no_worker_can_be_told(
    incident: Incident, responder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.incidents.worker import tasks

    def unreachable(run_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.run_investigation, "delay", unreachable)
    assert actions.start_run(responder, incident).state == Run.State.QUEUED


def test_a_run_is_begun_by_one_worker_only(incident: Incident, responder: Any) -> None:
    run = actions.start_run(responder, incident)
    assert progress.begin_run(run.pk, "first") is not None
    assert progress.begin_run(run.pk, "second") is None
    assert Run.objects.get(pk=run.pk).worker == "first"


def test_a_queued_run_is_cancelled_at_once(incident: Incident, responder: Any) -> None:
    run = actions.start_run(responder, incident)
    assert actions.cancel_run(responder, run)
    assert Run.objects.get(pk=run.pk).state == Run.State.CANCELLED
    assert progress.begin_run(run.pk, "late") is None


def test_a_running_run_is_asked_to_stop_once(incident: Incident, responder: Any, run: Run) -> None:
    assert progress.beat(run.pk)
    assert actions.cancel_run(responder, run)
    assert not actions.cancel_run(responder, run)
    assert not progress.beat(run.pk)
    assert kinds(incident)[-1] == Event.Kind.CANCEL_ASKED


def test_a_run_ends_once(incident: Incident, run: Run) -> None:
    assert progress.finish_run(run, Run.State.DONE)
    assert not progress.finish_run(run, Run.State.FAILED, "too late")
    assert Run.objects.get(pk=run.pk).state == Run.State.DONE
    assert kinds(incident).count("run-ended") == 1


def test_states_change_with_a_reason_and_only_once(incident: Incident, responder: Any) -> None:
    stale = Incident.objects.get(pk=incident.pk)
    actions.change_state(responder, incident, "mitigated", "moved the default route")
    assert incident.state == "mitigated"
    assert queries.events_after(incident, 1)[0].payload["why"] == "moved the default route"
    with pytest.raises(ActionRefused, match="somebody else"):
        actions.change_state(responder, stale, "resolved")
    with pytest.raises(ActionRefused, match="not a state"):
        actions.change_state(responder, incident, "exploded")


def test_probes_are_one_of_three(incident: Incident, responder: Any) -> None:
    actions.allow_probes(responder, incident, "off")
    assert actions.start_run(responder, incident).options["probes"] == "off"
    with pytest.raises(ActionRefused):
        actions.allow_probes(responder, incident, "many")
    with pytest.raises(ActionRefused):
        actions.start_run(responder, incident, Options(probes="many"))


def test_near_devices_are_asked_or_all(incident: Incident, responder: Any) -> None:
    with pytest.raises(ActionRefused):
        actions.start_run(responder, incident, Options(ask="some"))
    assert actions.start_run(responder, incident, Options(ask="all")).options["ask"] == "all"


def test_an_empty_note_is_refused(incident: Incident, responder: Any) -> None:
    with pytest.raises(ActionRefused):
        actions.add_note(responder, incident, "  \n")
    assert actions.add_note(responder, incident, " <b>look</b> ").payload == {"text": "<b>look</b>"}


def test_a_restricted_incident_is_seen_by_the_invited_only(responder: Any, viewer: Any) -> None:
    secret = actions.open_incident(responder, FLOW, restricted=True)
    assert list(queries.incidents(responder)) == [secret]
    assert list(queries.incidents(viewer)) == []
    actions.invite(responder, secret, viewer)
    assert list(queries.incidents(viewer)) == [secret]


KEY = "SHA256:" + "k" * 43
REFUSED = (
    f"the host key of fw-a (192.0.2.1) is not known: ssh-ed25519 {KEY}; compare it with the device"
)


def offer(run: Run, reason: str, status: Status = Status.NO_ANSWER) -> None:
    evidence = Evidence("e1", Query("fw-a", Question.RULES), status, reason=reason)
    progress.record_evidence(run, evidence)


def test_a_host_key_that_was_offered_here_can_be_accepted_here(
    incident: Incident, responder: Any, run: Run
) -> None:
    device = Device.objects.create(name="fw-a", role="firewall")
    offer(run, REFUSED)
    [key] = queries.offered_keys(run)
    assert (key.device, key.kind, key.fingerprint) == ("fw-a", "ssh-ed25519", KEY)
    actions.accept_host_key(responder, incident, device, key.kind, key.fingerprint)
    assert kinds(incident)[-1] == "host-key" and device.host_keys.get().fingerprint == KEY


def test_what_a_device_says_after_its_login_offers_no_key(run: Run) -> None:
    offer(run, f"the command failed: {REFUSED}", Status.REFUSED)
    assert queries.offered_keys(run) == []


def test_a_changed_host_key_is_seen_as_offered(run: Run) -> None:
    offer(
        run,
        f"THE HOST KEY OF fw-a (x) HAS CHANGED: expected none, it shows {KEY}; nothing was sent",
    )
    assert [key.fingerprint for key in queries.offered_keys(run)] == [KEY]


def test_a_host_key_that_nobody_showed_is_not_accepted(
    incident: Incident, responder: Any, run: Run
) -> None:
    device = Device.objects.create(name="fw-a", role="firewall")
    with pytest.raises(ActionRefused, match="did not offer"):
        actions.accept_host_key(responder, incident, device, "ssh-ed25519", KEY)
    assert not device.host_keys.exists()


def test_text_that_no_database_takes_is_kept_readable(
    incident: Incident, responder: Any, run: Run
) -> None:
    actions.add_note(responder, incident, "a\0b\ud800c")
    assert queries.events_after(incident, 3)[0].payload == {"text": "a\ufffdb?c"}
    offer(run, "said \0 and \udcff")
    assert EvidenceRow.objects.get().reason == "said \ufffd and ?"
