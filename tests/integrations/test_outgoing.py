"""News goes out signed, to nobody that should not hear it, and not for ever."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.integrations.servers import Receiver
from tests.web import story
from workbench.incidents import actions as incident_actions
from workbench.incidents import roles
from workbench.incidents.models import Incident, Run
from workbench.integrations import actions, tasks
from workbench.integrations.models import Delivery, News, Target
from workbench.integrations.sending import chat, deliver, webhook
from workbench.integrations.sending.news import mentions
from workbench.integrations.sending.reachable import MayNotReach
from workbench.inventory import actions as inventory_actions

SECRET = "a secret of more than 24 characters"


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "enqueue", lambda delivery_id: None)


def target(address: str, kind: str = "webhook", news: list[str] | None = None) -> Target:
    row = Target(name=f"to {kind}", kind=kind, news=news or list(News.values))
    row.keep("address", address)
    row.keep("secret", SECRET)
    row.save()
    return row


def opened(by: User, **options: Any) -> Incident:
    return incident_actions.open_incident(by, story.FLOW, "checkout fails", **options)


def tried(delivery: Delivery) -> Delivery:
    """The delivery after one more try, whose time has come."""
    Delivery.objects.filter(pk=delivery.pk, state="waiting").update(due_at=timezone.now())
    deliver.deliver(delivery.pk)
    delivery.refresh_from_db()
    return delivery


# --- what is sent -------------------------------------------------------------------------------


def test_a_webhook_says_what_happened_and_who_signed_it(
    people: dict[str, User], receiver: Receiver
) -> None:
    target(f"{receiver.url}/hook?team=net")
    incident = opened(people["responder"])
    sent = tried(Delivery.objects.get())
    assert (sent.state, sent.status, sent.tries) == ("sent", 200, 1)
    [(headers, body)] = receiver.posted
    assert receiver.asked == ["/hook?team=net"]
    said = f"{headers['Bothways-Timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
    assert headers["Bothways-Signature"] == f"v1={digest}"
    told = json.loads(body)
    assert (told["news"], told["by"], told["incident"]["id"]) == (
        "opened",
        "responder",
        incident.pk,
    )
    assert told["id"] == headers["Bothways-Delivery"] == str(sent.key)


def test_each_kind_of_news_is_told_to_those_who_want_it(
    judged_run: Run, people: dict[str, User]
) -> None:
    target("https://hooks.example.org/", news=["verdict", "state", "mention"])
    incident, by = judged_run.incident, people["responder"]
    incident_actions.change_state(by, incident, "mitigated", "rolled back")
    incident_actions.add_note(by, incident, "@viewer please look, as root@fw-a")
    incident_actions.add_note(by, incident, "nobody is meant by @media")
    opened(by)
    told = [deliver.news.body(row) for row in Delivery.objects.order_by("pk")]
    assert [one["news"] for one in told] == ["state", "mention"]
    assert told[0]["state"] == {"from": "open", "to": "mitigated", "why": "rolled back"}
    assert told[1]["mention"]["names"] == ["viewer"]


def test_a_verdict_is_told_with_its_cause(
    incident: Incident, people: dict[str, User], receiver: Receiver
) -> None:
    from tests.web.conftest import begun, tell

    target(receiver.url, news=["verdict"])
    tell(begun(incident, people["responder"]), story.run_events())
    tried(Delivery.objects.get())
    verdict = json.loads(receiver.posted[0][1])["verdict"]
    assert (verdict["root_cause"], verdict["guilty_node"]) == ("asym_stateful_fw", "fw-b")


@pytest.mark.parametrize(
    ("text", "names"),
    [("@ann, @bob.", ["ann", "bob"]), ("ops@fw-a @@x", []), ("(@ann) @ann", ["ann"]), ("@", [])],
)
def test_who_is_mentioned(text: str, names: list[str]) -> None:
    assert mentions({"text": text}) == names


# --- restricted incidents -----------------------------------------------------------------------


def test_nothing_is_told_of_a_restricted_incident(people: dict[str, User]) -> None:
    target("https://hooks.example.org/")
    incident = opened(people["responder"], restricted=True)
    incident_actions.change_state(people["responder"], incident, "resolved")
    incident_actions.add_note(people["responder"], incident, "@viewer")
    assert not Delivery.objects.exists()


def test_what_was_restricted_meanwhile_is_withheld(
    people: dict[str, User], receiver: Receiver
) -> None:
    target(receiver.url)
    incident = opened(people["responder"])
    Incident.objects.filter(pk=incident.pk).update(restricted=True)
    assert tried(Delivery.objects.get()).state == "withheld"
    assert receiver.posted == []


# --- retries ------------------------------------------------------------------------------------


def test_a_server_that_fails_is_asked_again_and_then_given_up(
    people: dict[str, User], receiver: Receiver
) -> None:
    receiver.answers = [503]
    target(receiver.url)
    opened(people["responder"])
    delivery, pauses = Delivery.objects.get(), []
    while delivery.state == "waiting":
        delivery = tried(delivery)
        pauses.append(round((delivery.due_at - timezone.now()).total_seconds(), -1))
    assert pauses[:-1] == [10, 60, 300, 1800, 7200]
    assert (delivery.state, delivery.status, len(receiver.posted)) == ("failed", 503, 6)
    assert "given up after 6 tries" in delivery.problem


def test_it_is_sent_after_a_while_and_only_once(
    people: dict[str, User], receiver: Receiver
) -> None:
    receiver.answers = [500, 200]
    target(receiver.url)
    opened(people["responder"])
    delivery = tried(Delivery.objects.get())
    deliver.deliver(delivery.pk)  # told too early: it is not due
    assert len(receiver.posted) == 1
    assert tried(delivery).state == "sent"
    assert tried(delivery).tries == 2


@pytest.mark.parametrize("status", [302, 404, 410])
def test_a_refusal_is_not_asked_again_and_no_redirect_is_followed(
    people: dict[str, User], receiver: Receiver, status: int
) -> None:
    receiver.answers, receiver.location = [status], f"{receiver.url}/elsewhere"
    target(receiver.url)
    opened(people["responder"])
    assert tried(Delivery.objects.get()).state == "failed"
    assert receiver.asked == ["/"]


def test_an_administrator_sends_again(people: dict[str, User], receiver: Receiver) -> None:
    receiver.answers = [404, 200]
    target(receiver.url)
    opened(people["responder"])
    delivery = tried(Delivery.objects.get())
    with pytest.raises(roles.NotAllowed):
        actions.send_again(people["responder"], delivery)
    assert actions.send_again(people["admin"], delivery)
    assert not actions.send_again(people["admin"], delivery)
    assert tried(delivery).state == "sent"


def test_a_receiver_that_never_ends_is_left(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEND_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(webhook, "DEADLINE", 0.3)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            peer, _ = server.accept()
            with peer:
                while not done.wait(0.05):
                    try:
                        peer.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(webhook.NotSent):
                webhook.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        finally:
            done.set()
            thread.join()


# --- chat and mail ------------------------------------------------------------------------------


def test_chat_is_told_in_words(people: dict[str, User], receiver: Receiver) -> None:
    target(receiver.url.replace("http", "json"), "apprise")
    opened(people["responder"])
    assert tried(Delivery.objects.get()).state == "sent"
    told = json.loads(receiver.posted[0][1])
    assert "checkout fails" in told["title"]
    assert "responder opened this incident" in told["message"]


def test_chat_reaches_no_address_inside_whoever_opens_the_socket(
    people: dict[str, User], receiver: Receiver, settings: Any
) -> None:
    settings.SEND_NETWORKS = []
    target(receiver.url.replace("http", "json"), "apprise")
    opened(people["responder"])
    delivery = tried(Delivery.objects.get())
    assert (delivery.state, receiver.posted) == ("failed", [])
    assert "public internet" in delivery.problem
    with socket.create_connection(receiver.url.removeprefix("http://").split(":")):
        pass  # everything else of this process connects as before


def test_chat_follows_no_redirect(people: dict[str, User], receiver: Receiver) -> None:
    receiver.answers, receiver.location = [302], f"{receiver.url}/elsewhere"
    target(receiver.url.replace("http", "json"), "apprise")
    opened(people["responder"])
    tried(Delivery.objects.get())
    assert receiver.asked == ["/"]


@pytest.mark.parametrize("url", ["dbus://", "syslog://", "macosx://", "nonsense", "json://"])
def test_services_of_this_machine_are_refused(url: str) -> None:
    with pytest.raises(MayNotReach):
        chat.check_apprise(url)


# --- secrets ------------------------------------------------------------------------------------


def test_secrets_are_sealed_never_shown_and_never_logged(
    people: dict[str, User], receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers = [404]
    row = target(f"{receiver.url}/T0KEN-IN-PATH")
    opened(people["responder"])
    delivery = tried(Delivery.objects.get())
    client = Client()
    client.force_login(people["admin"])
    shown = [
        client.get(f"/admin/integrations/{page}").content.decode()
        for page in (
            "target/",
            f"target/{row.pk}/change/",
            "delivery/",
            f"delivery/{delivery.pk}/change/",
        )
    ]
    for text in (*shown, caplog.text, row.sealed_address, row.sealed_secret):
        assert "T0KEN-IN-PATH" not in text and SECRET not in text
    assert "the answer was 404" in shown[2]


def test_keys_rotate_for_targets_too(settings: Any, db: None) -> None:
    row = target("https://hooks.example.org/")
    settings.CREDENTIAL_KEYS = ["a newer key of this installation", *settings.CREDENTIAL_KEYS]
    assert inventory_actions.reseal_all() == 1
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    row.refresh_from_db()
    assert row.reveal("address") == "https://hooks.example.org/"


def test_an_administrator_adds_a_target_and_sees_its_secret_once(people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["admin"])
    fields = {"name": "ops", "kind": "webhook", "news": ["opened"], "active": "on"}
    refused = client.post("/admin/integrations/target/add/", fields | {"address": "http2://x"})
    assert "the URL must be https" in refused.content.decode()
    url = {"address": "https://hooks.example.org/"}
    page = client.post("/admin/integrations/target/add/", fields | url, follow=True)
    secret = Target.objects.get().reveal("secret")
    assert len(secret) >= 24 and secret in page.content.decode()
    assert secret not in client.get("/admin/integrations/target/").content.decode()


def test_a_responder_has_no_way_to_targets(people: dict[str, User]) -> None:
    people["responder"].is_staff = True
    people["responder"].save()
    client = Client()
    client.force_login(people["responder"])
    for page in ("target/", "target/add/", "delivery/"):
        assert client.get(f"/admin/integrations/{page}").status_code == 403


def test_what_was_left_lying_is_swept(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks, "enqueue", told.append)
    target("https://hooks.example.org/")
    opened(people["responder"])
    waiting = Delivery.objects.get()
    tasks.sweep_deliveries()
    assert told == [waiting.pk]
    Delivery.objects.update(due_at=timezone.now() + timedelta(minutes=1))
    tasks.sweep_deliveries()
    assert told == [waiting.pk]
