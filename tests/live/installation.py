"""A whole installation, as `./bothways up` starts it: Redis, worker and web, and people who log in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.live.conftest import ROOT, free_port
from tests.live.teller import PASSWORD

PEOPLE = """
import sys
from django.contrib.auth.models import Group, User
from workbench.incidents import roles
roles.make_roles()
for name in ("dana", "riley", "sam"):
    User.objects.create_user(name, password=sys.argv[-1]).groups.add(Group.objects.get(name="responder"))
"""


@dataclass
class Installation:
    """One server that runs, in a directory of its own."""

    place: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *words: str) -> str:
        """What a command of manage.py prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def python(self, script: str, *words: str) -> None:
        """Run a script with the settings of this installation."""
        before = "import django; django.setup()\n"
        subprocess.run(
            [sys.executable, "-c", before + script, *words],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )

    def answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/login", timeout=5) as answer:
                return bool(answer.status == 200)
        except URLError:
            return False


@contextmanager
def installed(place: Path) -> Iterator[Installation]:
    """An installation with its people, for as long as the `with` lasts."""
    place.mkdir(parents=True, exist_ok=True)
    port = free_port()
    ours = {key: value for key, value in os.environ.items() if not key.startswith("BOTHWAYS_")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        ours.pop(name, None)
    ours |= {
        "BOTHWAYS_DATA": str(place),
        "BOTHWAYS_LOG": "ERROR",
        "BOTHWAYS_PASSWORD": PASSWORD,  # of admin, whom the first start makes
        "DJANGO_SETTINGS_MODULE": "workbench.config.settings",
    }
    site = Installation(place, port, ours)
    with (place / "up.log").open("wb") as log:
        serving = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env=ours,
            stdout=log,
            stderr=log,
        )
    try:
        _await(serving, site)
        site.python(PEOPLE, PASSWORD)
        yield site
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(60)


def _await(serving: subprocess.Popen[bytes], site: Installation) -> None:
    for _ in range(1200):
        assert serving.poll() is None, (site.place / "up.log").read_text()[-2000:]
        if site.answers():
            return
        time.sleep(0.1)
    raise AssertionError("the installation did not come up")
