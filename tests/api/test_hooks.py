"""Alerts become incidents, once, or lines in those that are open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.test_api import Program
from tests.api.test_scoped_tokens import scoped
from workbench.incidents import actions, head
from workbench.incidents.models import Event, Incident, Run
from workbench.incidents.moments import moments_of
from workbench.integrations.models import Alert, AlertRules

pytestmark = pytest.mark.django_db
ENDS = {"src": "10.1.0.10", "dst": "10.9.0.20", "dport": "5432", "protocol": "tcp"}
NEVER = "0001-01-01T00:00:00Z"


def alert(status: str = "firing", **labels: str) -> dict[str, Any]:
    """One alert as Alertmanager 0.27 sends it."""
    started = timezone.now() - timedelta(minutes=5)
    return {
        "status": status,
        "labels": {"alertname": "LedgerUnreachable", "severity": "critical", **ENDS, **labels},
        "annotations": {"summary": "Checkout cannot reach the ledger"},
        "startsAt": started.isoformat(),
        "endsAt": NEVER if status == "firing" else timezone.now().isoformat(),
        "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=probe_success+%3D%3D+0",
        "fingerprint": "1a30ba71cca2921f",
    }


def notification(*alerts: dict[str, Any], key: str = '{}:{alertname="x"}') -> dict[str, Any]:
    return {
        "receiver": "bothways",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.org:9093",
        "version": "4",
        "groupKey": key,
        "truncatedAlerts": 0,
    }


@pytest.fixture
def monitoring(responder: Any) -> Program:
    return scoped(responder, "hooks")


def told(program: Program, *alerts: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = program.post("hooks/alertmanager", **notification(*alerts, **more))
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["alerts"]
    return found


def events(kind: str = "alert") -> list[Event]:
    return list(Event.objects.filter(kind=kind).order_by("seq"))


def test_an_alert_opens_an_incident_and_starts_a_run(monitoring: Program) -> None:
    (came,) = told(monitoring, alert(service="ledger"))
    row = Incident.objects.get()
    assert came == {
        "alert": "LedgerUnreachable",
        "did": "opened",
        "incident": row.pk,
        "run": 1,
        "says": "",
    }
    assert str(row.flow) == "tcp 10.1.0.10:* > 10.9.0.20:5432"
    assert (row.title, row.severity) == ("Checkout cannot reach the ledger", 1)
    assert (row.service, row.tag_list) == ("ledger", ["alert", "ledgerunreachable"])
    assert row.links[0].startswith("http://prometheus.example.org") and len(row.links) == 2
    assert row.opened_by is None and not row.restricted
    assert Run.objects.get().requested_by is None
    assert events()[0].payload["labels"]["dst"] == "10.9.0.20"


def test_it_was_detected_when_it_began_to_fire_until_a_person_says_otherwise(
    monitoring: Program, responder: Any
) -> None:
    told(monitoring, alert())
    row = Incident.objects.get()
    moments = moments_of(row)
    assert moments.detected.at == events()[0].happened_at
    assert moments.detected.at < row.opened_at and not moments.detected.by_hand
    assert moments.acknowledged.at is None, "a machine acknowledges nothing"
    actions.change_head(responder, row, {"detected": "2026-11-30 02:07"})
    assert head.texts(row)["detected"] == "2026-11-30 02:07:00"


def test_what_is_told_again_adds_nothing_but_another_status_does(monitoring: Program) -> None:
    told(monitoring, alert())
    assert told(monitoring, alert())[0]["did"] == "nothing"
    assert told(monitoring, alert("resolved"))[0]["did"] == "noted"
    assert told(monitoring, alert("resolved"))[0]["did"] == "nothing"
    assert told(monitoring, alert())[0]["did"] == "noted"
    assert [one.payload["status"] for one in events()] == ["firing", "resolved", "firing"]
    assert Incident.objects.get().state == "open", "an alert never changes the state"
    assert Run.objects.count() == 1


def test_the_same_flow_of_another_group_joins_the_open_incident(monitoring: Program) -> None:
    told(monitoring, alert())
    assert told(monitoring, alert(), key="another")[0]["did"] == "joined"
    assert Incident.objects.count() == 1 and Alert.objects.count() == 2


def test_an_alert_joins_what_a_person_opened(monitoring: Program, incident: Incident) -> None:
    flow = {"src": "192.0.2.20", "dst": "203.0.113.10", "dport": "443", "protocol": "tcp"}
    (came,) = told(monitoring, alert(**flow))
    assert (came["did"], came["incident"], came["run"]) == ("joined", incident.pk, None)
    incident.refresh_from_db()
    assert (incident.title, incident.severity) == ("Checkout cannot reach the ledger", None)


def test_what_fires_again_after_the_incident_was_resolved_opens_another(
    monitoring: Program, responder: Any
) -> None:
    told(monitoring, alert())
    told(monitoring, alert("resolved"))
    actions.change_state(responder, Incident.objects.get(), "resolved")
    assert told(monitoring, alert())[0]["did"] == "opened"
    assert Incident.objects.count() == 2


def test_a_restricted_incident_is_neither_joined_nor_told_of(
    monitoring: Program, responder: Any
) -> None:
    from tests.incidents.conftest import person
    from workbench.integrations.incoming import told as words

    flow = words.flow_of(ENDS, AlertRules())
    hidden = actions.open_incident(person("otto", "responder"), flow, restricted=True)
    (came,) = told(monitoring, alert())
    assert came["did"] == "opened" and came["incident"] != hidden.pk
    opened = Incident.objects.get(pk=came["incident"])
    opened.restricted = True
    opened.save()
    assert told(monitoring, alert("resolved"))[0]["incident"] is None


def test_a_flow_fires_while_any_alert_on_it_does(monitoring: Program) -> None:
    came = told(monitoring, alert("resolved", alertname="A"), alert(alertname="B"))
    assert [one["did"] for one in came] == ["same", "opened"]
    came = told(monitoring, alert("resolved", alertname="A"), alert("resolved", alertname="B"))
    assert [one["did"] for one in came] == ["noted", "same"]


def test_an_unknown_alert_that_is_resolved_opens_nothing(monitoring: Program) -> None:
    assert told(monitoring, alert("resolved"))[0]["did"] == "nothing"
    assert not Incident.objects.exists() and not Alert.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dst": ""}, "names no flow"),
        ({"dst": "ledger.example.org"}, "ledger.example.org"),
        ({"protocol": "sctp"}, "sctp"),
        ({"dport": "99999"}, "99999"),
    ],
)
def test_an_alert_without_a_flow_is_answered_and_not_sent_again(
    monitoring: Program, change: dict[str, str], says: str
) -> None:
    unread, opened = told(monitoring, alert(**change), alert())
    assert unread["did"] == "unread" and says in unread["says"]
    assert opened["did"] == "opened"


def test_one_broken_alert_does_not_spoil_the_others(monitoring: Program) -> None:
    broken = [{"status": 7, "labels": "x"}, {}, alert() | {"startsAt": "noon"}]
    came = told(monitoring, *broken, alert())
    assert [one["did"] for one in came] == ["unread"] * 3 + ["opened"]


def test_annotations_are_read_too_and_a_whole_flow_as_one_text(monitoring: Program) -> None:
    one = alert(src="", dst="")
    one["annotations"]["flow"] = "tcp 10.1.0.10:51514 > 10.9.0.20:5432"
    assert told(monitoring, one)[0]["did"] == "opened"
    assert Incident.objects.get().sport == 51514


def test_an_administrator_says_which_labels_are_read(monitoring: Program) -> None:
    AlertRules.objects.create(dst="target_ip", severities="red=2", starts_runs=False)
    told(monitoring, alert(dst="", target_ip="10.9.0.21", severity="Red"))
    row = Incident.objects.get()
    assert (row.dst, row.severity, row.runs.count()) == ("10.9.0.21", 2, 0)


def test_a_storm_is_bounded(monitoring: Program) -> None:
    AlertRules.objects.create(runs_a_minute=1, incidents_a_minute=2)
    storm = [alert(src=f"10.1.0.{number}") for number in range(1, 4)]
    answer = monitoring.post("hooks/alertmanager", **notification(*storm))
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "60"
    assert [one["did"] for one in answer.json()["alerts"]] == ["opened", "opened", "later"]
    assert Run.objects.count() == 1 and Incident.objects.count() == 2
    Incident.objects.update(opened_at=timezone.now() - timedelta(minutes=2))
    assert [one["did"] for one in told(monitoring, *storm)] == ["nothing", "nothing", "opened"]


def test_more_alerts_than_are_read_are_named(monitoring: Program) -> None:
    came = told(monitoring, *[alert()] * 201)
    assert [one["did"] for one in came[198:]] == ["same", "same", "left-out"]


def test_hostile_words_are_kept_short_and_harmless(monitoring: Program, client: Any) -> None:
    one = alert(alertname="<script>alert(1)</script>\0\x1b[31m" + "x" * 5000, service="a\0b\nc")
    one["annotations"] = {"summary": "<img src=x onerror=alert(1)>", "runbook_url": "javascript:1"}
    one["generatorURL"] = "javascript:alert(1)"
    told(monitoring, one)
    row = Incident.objects.get()
    assert row.links == ["http://alertmanager.example.org:9093"]
    assert (row.title, row.service) == ("<img src=x onerror=alert(1)>", "a b c")
    from django.contrib.auth.models import User

    client.force_login(User.objects.create_superuser("boss"))
    page = client.get(f"/incidents/{row.pk}").content.decode()
    assert "<img src=x" not in page and "<script>alert" not in page


@pytest.mark.parametrize("change", [{"version": "3"}, {"alerts": "none"}, {"groupKey": None}])
def test_what_is_no_notification_is_refused_for_good(
    monitoring: Program, change: dict[str, Any]
) -> None:
    assert monitoring.post("hooks/alertmanager", **notification() | change).status_code == 400


def test_who_may_not_respond_may_not_tell(viewer: Any) -> None:
    assert scoped(viewer, "hooks").post("hooks/alertmanager", **notification()).status_code == 403
    plain = {"title": "x", "flow": "tcp 10.1.0.10:1 > 10.9.0.20:5432"}
    assert scoped(viewer, "hooks").post("hooks/plain", **plain).status_code == 403
    assert not Incident.objects.exists()


def test_a_clock_that_is_ahead_is_not_believed(monitoring: Program) -> None:
    one = alert() | {"startsAt": (timezone.now() + timedelta(hours=3)).isoformat()}
    told(monitoring, one)
    assert events()[0].happened_at <= timezone.now()


# --- the plain hook -----------------------------------------------------------------------------

PLAIN = {"title": "Ledger is slow", "flow": "tcp 10.1.0.10:51514 > 10.9.0.20:5432", "key": "k1"}


def test_the_plain_hook_does_the_same_for_everything_else(monitoring: Program) -> None:
    more = {"at": "2026-11-30T02:07Z", "url": "https://nagios.example.org/1", "severity": "SEV2"}
    first = monitoring.post("hooks/plain", **PLAIN, **more, source="nagios", tags=["Data Base"])
    assert (first.status_code, first.json()["did"]) == (200, "opened")
    again = monitoring.post("hooks/plain", **PLAIN | {"title": "Still slow"}, source="nagios")
    assert again.json()["did"] == "nothing"
    over = monitoring.post("hooks/plain", **PLAIN, source="nagios", status="resolved")
    assert over.json()["did"] == "noted"
    row = Incident.objects.get()
    assert (row.severity, row.tag_list) == (2, ["alert", "data-base"])
    assert row.links == ["https://nagios.example.org/1"]
    assert events()[0].happened_at == datetime(2026, 11, 30, 2, 7, tzinfo=UTC)


def test_the_plain_hook_takes_the_flow_in_fields(monitoring: Program) -> None:
    answer = monitoring.post("hooks/plain", title="x", **ENDS)
    assert answer.json()["did"] == "opened" and Incident.objects.get().dport == 5432


@pytest.mark.parametrize(
    "fields", [{"title": "x"}, {**PLAIN, "status": "maybe"}, {**PLAIN, "nonsense": 1}, {}]
)
def test_the_plain_hook_refuses_what_it_cannot_read(
    monitoring: Program, fields: dict[str, Any]
) -> None:
    assert monitoring.post("hooks/plain", **fields).status_code == 400
