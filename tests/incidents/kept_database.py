"""Makes a database with one whole incident, and tells what is shown of it: a program, as it uses
files of its own.

    BOTHWAYS_DATA=DIR BOTHWAYS_REPLAY=RECORDING python -m tests.incidents.kept_database make   in a
    new database
    BOTHWAYS_DATA=DIR python -m tests.incidents.kept_database show                             as
    JSON

`tests/fixtures/databases/VERSION.sql.gz` was made so by the state of the code that the version
names, and
`VERSION.json.gz` is what that state showed. Neither is made anew: they stand for the databases of
users.
"""

from __future__ import annotations

import json
import os
import re
import sys
from html import unescape
from typing import Any

API = "/api/incidents/1"
PASTED = (
    "rita@edge-9:~$ ip route get 203.0.113.9 from 192.0.2.7 iif eth0\n203.0.113.9 from 192.0.2.7"
    " dev eth1\n"
)


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")
    django.setup()


def _client() -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers={"accept": "application/json"})
    client.force_login(User.objects.get(username="rita"))
    return client


def make() -> None:
    """An incident opened, noted on, given a pasted output, investigated from the recording, and
    resolved."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from collectors.offline.replay import load_recording
    from workbench.incidents.worker import tasks

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("rita")
    client, flow = _client(), load_recording(settings.REPLAY).flow
    for address, fields in (
        (API.removesuffix("/1"), {"flow": str(flow), "title": "Checkout cannot reach the ledger"}),
        (f"{API}/notes", {"text": "since the change at 02:00"}),
        (f"{API}/pasted", {"device": "edge-9", "text": PASTED}),
        (f"{API}/runs", {}),
    ):
        answer = client.post(address, fields, content_type="application/json")
        assert answer.status_code == 201, (address, answer.content)
    tasks.run_investigation(1)
    client.post(
        f"{API}/change-state",
        {"state": "resolved", "why": "static route out"},
        content_type="application/json",
    )


def show() -> None:
    """What the interface tells of the incident, and the words of its pages; the database is
    migrated first."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    client = _client()
    answers = {
        name: client.get(f"{API}{path}").json()
        for name, path in (
            ("incident", ""), ("events", "/events"), ("run", "/runs/1"), ("verdict", "/runs/1/verdict"),
            ("picture", "/runs/1/picture"), ("evidence", "/runs/1/evidence"), ("pasted", "/pasted"),
        )
    }  # fmt: skip
    pages = {
        path: _page(client, path)
        for path in (
            "/incidents/1",
            "/incidents/1/postmortem.md",
            *map(_answer, answers["evidence"]["evidence"]),
        )
    }
    json.dump({**answers, "pages": pages}, sys.stdout)


def _answer(row: dict[str, Any]) -> str:
    return f"/incidents/1/runs/1/evidence/{row['id']}"


def _page(client: Any, path: str) -> dict[str, Any]:
    answer = client.get(path, headers={"accept": "text/html"})
    words = unescape(re.sub(r"<[^>]*>", " ", answer.content.decode()))
    return {"status": answer.status_code, "words": " ".join(words.split())}


if __name__ == "__main__":
    _django()
    {"make": make, "show": show}[sys.argv[1]]()
