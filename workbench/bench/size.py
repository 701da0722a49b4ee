"""How long does the server take for each page, list and search in a large installation?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.bench.figures import Figure
from workbench.bench.memory import BASE
from workbench.bench.peers import Wrong
from workbench.serve import postgres

Tell = Callable[[str], None]
BAR = 200.0  # ms of the server for one answer


def measure(tell: Tell) -> Iterator[Figure]:
    """Fill a database of each kind and ask for each address; PostgreSQL where it is installed."""
    yield from _measured(tell, "SQLite", {"DATABASE_URL": ""})
    binaries = postgres.binaries()
    if binaries is None:
        tell("PostgreSQL is not installed, so it is left out")
        return
    with postgres.cluster(binaries) as url:
        yield from _measured(tell, "PostgreSQL", {"DATABASE_URL": url})


def _measured(tell: Tell, database: str, env: dict[str, str]) -> Iterator[Figure]:
    tell(f"{database}: an installation is filled")
    with _installation(env) as lines:
        for line in lines:
            said = json.loads(line)
            if said["name"] == "filling":
                tell(
                    f"{said['incidents']:,} incidents, {said['events']:,} events,"
                    f" {said['commands']:,} commands, {said['devices']:,} devices"
                )
            yield figure(database, said)


def figure(database: str, said: dict[str, Any]) -> Figure:
    """What the process of the installation said, as a figure; filling has no bar."""
    name = f"{database}: {said['name']}"
    if said["name"] == "filling":
        return Figure(name, said["seconds"], "s")
    return Figure(name, said["seconds"] * 1000, "ms", BAR, note=said["address"])


@contextmanager
def _installation(env: dict[str, str]) -> Iterator[Iterator[str]]:
    """The lines that a process says which fills a database and measures."""
    with tempfile.TemporaryDirectory(prefix="bothways-bench-") as folder:
        settings = {
            "BOTHWAYS_DATA": folder,
            "DJANGO_SETTINGS_MODULE": "workbench.config.settings",
            "ALLOWED_HOSTS": "testserver",
            "REDIS_URL": f"unix://{folder}/none.sock",  # nobody is notified
            "PYTHONPATH": str(BASE),
        }
        whole = {**os.environ, **settings, **env}
        migrate = [sys.executable, str(BASE / "manage.py"), "migrate", "--noinput", "-v", "0"]
        subprocess.run(migrate, env=whole, check=True, stdout=subprocess.DEVNULL)
        with (
            (Path(folder) / "log").open("w+") as log,
            subprocess.Popen(
                [sys.executable, "-m", "workbench.bench.installation"],
                env=whole,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as child,
        ):
            try:
                yield iter(child.stdout or ())
            except BaseException:
                child.terminate()
                raise
            if child.wait():
                log.seek(0)
                raise Wrong(log.read()[-2000:])
