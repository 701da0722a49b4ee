"""The container files agree with the code: what is copied is there, secrets are files, whoever runs
is watched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS = (ROOT / "workbench" / "config" / "settings.py").read_text()
ENVIRONMENT = (ROOT / "workbench" / "config" / "environment.py").read_text()


def test_what_is_copied_is_there_and_let_through() -> None:
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
        for word in line.split()
    ]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert copied
    assert [
        name for name in copied if not (ROOT / name).exists() or f"!{name}" not in ignored
    ] == []


def test_it_does_not_run_as_root_and_installs_by_hash() -> None:
    assert re.search(r"^USER 10001", DOCKERFILE, re.M)
    assert "--require-hashes" in DOCKERFILE


def test_secrets_are_files_that_the_settings_read() -> None:
    for service in ("web", "worker", "migrate"):
        for name, value in SERVICES[service]["environment"].items():
            if str(value).startswith("/run/secrets/"):
                assert Path(value).name in SERVICES[service]["secrets"]
                assert f'"{name.removesuffix("_FILE")}"' in SETTINGS + ENVIRONMENT
    made = (ROOT / "docker" / "secrets.sh").read_text()
    assert [name for name in COMPOSE["secrets"] if name not in made] == []


def test_everything_that_keeps_running_is_watched() -> None:
    lasting = {name for name, service in SERVICES.items() if service.get("restart") != "no"}
    watched = {name for name in lasting if "healthcheck" in SERVICES[name]}
    assert lasting - watched == {"web"}  # by the image itself
    assert "HEALTHCHECK" in DOCKERFILE


def test_only_the_web_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_the_scripts_can_be_run() -> None:
    for name in ("entrypoint", "healthy", "secrets.sh"):
        assert (ROOT / "docker" / name).stat().st_mode & 0o111
