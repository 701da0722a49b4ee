"""The benchmark of a large installation: copies are whole incidents, every address answers, and what
is slow misses its bar."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from collectors.model.flow import Flow
from workbench.bench.addresses import ADDRESSES
from workbench.bench.copying import STRIDE, Copier
from workbench.bench.size import BAR, figure
from workbench.incidents import actions, roles
from workbench.incidents.models import ActionItem, Event, Incident, PersonMention, SearchText
from workbench.inventory.models import Device

pytestmark = pytest.mark.django_db
FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")


@pytest.fixture
def riley() -> User:
    roles.make_roles()
    user = User.objects.create_user("riley")
    user.groups.add(Group.objects.get(name="responder"))
    return user


@pytest.fixture
def seed(riley: User, monkeypatch: pytest.MonkeyPatch) -> Incident:
    monkeypatch.setattr("workbench.incidents.live.notify.changed", lambda incident_id, upto: None)
    incident = actions.open_incident(riley, FLOW, "checkout fails")
    actions.add_note(riley, incident, "looked at the ledger")
    actions.add_item(riley, incident, actions.ItemFields(text="watch it", kind="detect"))
    return incident


def test_a_copy_is_a_whole_incident(seed: Incident) -> None:
    with transaction.atomic():
        Copier(3).copy()
    assert list(Incident.objects.order_by("pk").values_list("pk", flat=True)) == [
        seed.pk + n * STRIDE for n in range(4)
    ]
    last = Incident.objects.get(pk=seed.pk + 3 * STRIDE)
    assert last.title == "checkout fails 3" and last.opened_at < seed.opened_at
    assert Event.objects.filter(incident=last).count() == last.last_seq
    assert ActionItem.objects.get(incident=last).owner_name == "owner-3"
    assert PersonMention.objects.filter(incident=last, name="riley").exists()


def test_copies_are_found_by_their_words(seed: Incident, client: Client, riley: User) -> None:
    with transaction.atomic():
        Copier(3).copy()
    keys = SearchText.objects.filter(incident=seed.pk + 2 * STRIDE).values_list("pk", flat=True)
    seqs = Event.objects.filter(incident=seed.pk + 2 * STRIDE).values_list("seq", flat=True)
    assert set(keys) <= {SearchText.key(seed.pk + 2 * STRIDE, seq) for seq in seqs}
    client.force_login(riley)
    found = client.get("/api/incidents?q=ledger+rack2").json()["incidents"]
    assert [one["id"] for one in found] == [seed.pk + 2 * STRIDE]


def test_after_copying_a_new_row_gets_a_key_of_its_own(seed: Incident, riley: User) -> None:
    with transaction.atomic():
        Copier(3).copy()
    assert actions.open_incident(riley, FLOW, "again").pk > seed.pk + 3 * STRIDE


def test_only_rows_that_are_named_are_copied(seed: Incident) -> None:
    first = Event.objects.filter(incident=seed).order_by("seq").first()
    assert first is not None
    with transaction.atomic():
        Copier(1, {Event: [first.pk]}).copy()
    assert Event.objects.filter(incident=seed.pk + STRIDE).count() == 1


def test_every_measured_address_answers(seed: Incident, client: Client, riley: User) -> None:
    client.force_login(riley)
    Device.objects.create(name="fw-a-7", role="firewall")
    for name, address in ADDRESSES.items():
        answer = client.get(address.format(n=seed.pk))
        assert answer.status_code == 200, (name, answer.status_code)


def test_what_is_slow_misses_its_bar() -> None:
    slow = figure("SQLite", {"name": "devices", "address": "/devices", "seconds": 0.3})
    assert (slow.value, slow.bar, slow.ok) == (300.0, BAR, False)
    assert figure("SQLite", {"name": "filling", "seconds": 30}).bar is None
