"""The examples in docs/integrations.md do what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.urls import resolve

from workbench.api.models import ApiToken
from workbench.incidents.models import Event, Incident
from workbench.integrations.models import Change

TEXT = (Path(__file__).resolve().parents[2] / "docs/integrations.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_examples_in_curl_run(live_server: Any, responder: Any) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "URL": live_server.url,
        "HOOKS_TOKEN": ApiToken.issue(responder, "monitoring", "hooks"),
        "CHANGES_TOKEN": ApiToken.issue(responder, "ci", "changes"),
    }
    for script in re.findall(r"```sh\n(.*?)```", TEXT, re.S):
        result = subprocess.run(
            ["sh", "-eu", "-c", script], env=env, capture_output=True, text=True, timeout=60
        )
        assert result.returncode == 0, result.stderr + result.stdout
    assert Incident.objects.count() == 1, "the second alert is about the flow of the first"
    assert Event.objects.filter(kind="alert").count() == 2
    assert Change.objects.get().device == "fw-b"


def test_the_configuration_of_alertmanager_sends_to_an_address_that_there_is() -> None:
    found = re.search(r"```yaml\n(.*?)```", TEXT, re.S)
    assert found
    receiver = yaml.safe_load(found[1])["receivers"][0]["webhook_configs"][0]
    assert resolve(urlsplit(receiver["url"]).path).view_name == "api:alertmanager"
    assert receiver["http_config"]["authorization"]["type"] == "Bearer"
