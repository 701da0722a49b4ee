"""People, an incident, and ears for what would be announced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.model.flow import Flow
from workbench.incidents import actions
from workbench.incidents.live import notify
from workbench.incidents.models import Incident, Run
from workbench.incidents.worker import progress

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")


class Ears:
    """Hears what would be announced to pages and workers."""

    def __init__(self) -> None:
        self.announced: list[tuple[int, int]] = []
        self.queued: list[int] = []

    def note(self, incident_id: int, upto: int) -> None:
        self.announced.append((incident_id, upto))


@pytest.fixture(autouse=True)
def ears(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    """No Redis in these tests, unless a test starts one."""
    heard = Ears()
    if "redis" not in request.fixturenames:
        monkeypatch.setattr(notify, "_publisher", heard)
    from workbench.incidents.worker import tasks

    monkeypatch.setattr(tasks.run_investigation, "delay", heard.queued.append)
    yield heard


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """A data directory of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def person(name: str, role: str) -> Any:
    """Somebody with a role."""
    from django.contrib.auth.models import Group, User

    user = User.objects.create_user(name, password="correct horse battery")
    if role:
        Group.objects.get(name=role).user_set.add(user)
    return user


@pytest.fixture
def roles_there(db: None) -> None:
    """The two roles; a test that emptied the database may have taken them away."""
    from workbench.incidents.roles import make_roles

    make_roles()


@pytest.fixture
def responder(roles_there: None) -> Any:
    return person("rita", "responder")


@pytest.fixture
def viewer(roles_there: None) -> Any:
    return person("vera", "viewer")


@pytest.fixture
def incident(responder: Any) -> Incident:
    return actions.open_incident(responder, FLOW, "Checkout cannot reach the ledger")


@pytest.fixture
def run(incident: Incident, responder: Any) -> Run:
    """A run that a worker has begun."""
    queued = actions.start_run(responder, incident)
    begun = progress.begin_run(queued.pk, "worker:1")
    assert begun is not None
    return begun
