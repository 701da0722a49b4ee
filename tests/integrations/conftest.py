"""The same people, incident and run as in the tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from collectors.model.flow import Flow
from tests.incidents.kept_database import PASTED
from tests.incidents.test_images import png
from tests.integrations.servers import Receiver, receiving
from tests.web.conftest import browse, incident, judged_run, no_worker, people, quick_passwords
from workbench.incidents import actions as incident_actions
from workbench.incidents.models import Incident, Run
from workbench.incidents.pasted import pieces
from workbench.integrations import actions

__all__ = ["browse", "incident", "judged_run", "no_worker", "people", "quick_passwords"]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.SEND_NETWORKS = ["127.0.0.0/8"]
    with receiving() as found:
        yield found


@pytest.fixture
def whole(incident: Incident, judged_run: Run, people: dict[str, User]) -> Incident:
    """An incident with something in every table."""
    by = people["responder"]
    image = incident_actions.add_image(by, incident, png())
    incident_actions.add_note(by, incident, f"seen ![the graph](image:{image.number}) at 02:00")
    incident_actions.pin(by, incident, incident.events.get(kind="note").seq)
    incident_actions.check(by, incident, 10, "skipped", "no rollback is known")
    draft = incident_actions.Draft("summary", "It was <b>dropped</b>.", 0, "the record's words")
    incident_actions.write_section(by, incident, draft)
    fields = incident_actions.ItemFields(text="Watch it", kind="detect", link="https://x.example/1")
    incident_actions.add_item(by, incident, fields)
    incident_actions.change_head(by, incident, {"commander": "responder", "hands": "responder"})
    incident_actions.choose_fault(by, incident, judged_run)
    read = pieces.read_all(PASTED.encode(), incident.flow, "edge-9", "responder")
    incident_actions.paste(by, incident, read.evidence[0])
    incident_actions.share(by, incident, "the vendor")
    actions.apply_fix(by, judged_run, 1, "it was night")
    incident_actions.correct_note(
        by, incident, incident.events.get(kind="note").seq, "seen at 02:01"
    )
    secret = incident_actions.add_note(by, incident, "the password is hunter2hunter2")
    incident_actions.redact(people["admin"], incident, f"n{secret.seq}", "a password")
    other = Flow.parse("tcp 192.0.2.77:1 > 203.0.113.10:444")
    incident_actions.add_flow(people["admin"], incident, other, "another client")
    incident.refresh_from_db()
    return incident
