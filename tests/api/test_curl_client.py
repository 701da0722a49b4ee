"""The client in docs/api.md does what the page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.api.test_documented import TEXT
from workbench.api.models import ApiToken
from workbench.incidents.models import Event, Incident


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_client_in_curl_opens_one_incident_however_often_it_runs(
    live_server: Any, responder: Any
) -> None:
    found = re.search(r"```sh\n(.*?)```", TEXT, re.S)
    assert found
    env = {
        "PATH": os.environ["PATH"],
        "URL": live_server.url,
        "TOKEN": ApiToken.issue(responder, "curl"),
        "ALERT": "alert-17",
    }
    for _ in range(2):
        result = subprocess.run(
            ["sh", "-eu", "-c", found[1]], env=env, capture_output=True, text=True, timeout=60
        )
        assert result.returncode == 0, result.stderr + result.stdout
    kinds = [event["kind"] for event in json.loads(result.stdout)["events"]]
    assert Incident.objects.count() == 1
    assert kinds == ["opened", "run-queued", "note", "note"]
    assert Event.objects.count() == 4
