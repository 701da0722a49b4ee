"""The processes of one installation: Redis, worker and web."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from workbench.serve import ports
from workbench.serve.children import Child, GivenUp
from workbench.serve.plan import ServePlan
from workbench.serve.redis import command as redis_command

BASE = str(Path(__file__).resolve().parents[2])


def redis(plan: ServePlan, socket: Path) -> Child:
    """The private Redis."""
    return Child("Redis", redis_command(socket), plan.data / "logs" / "redis.log")


def worker(plan: ServePlan) -> Child:
    """Celery: it runs the investigations."""
    command = (
        *(sys.executable, "-m", "celery", "-q", "-A", "workbench.config", "worker"),
        *("--loglevel", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    return Child("the worker", command, plan.data / "logs" / "worker.log", env={"PYTHONPATH": BASE})


def web(plan: ServePlan) -> Child:
    """uvicorn: pages, API and websockets."""
    command = (
        *(sys.executable, "-m", "uvicorn", "workbench.config.asgi:application"),
        *("--host", plan.host, "--port", str(plan.port), "--ws", "websockets-sansio"),
        *(
            "--lifespan",
            "on",
            "--no-access-log",
            "--log-level",
            "warning",
            "--timeout-graceful-shutdown",
            "3",
        ),
    )
    return Child(
        "the web server", command, plan.data / "logs" / "web.log", env={"PYTHONPATH": BASE}
    )


def wait_for_web(plan: ServePlan, child: Child, seconds: float = 40.0) -> None:
    """Return when a page is served. Raises GivenUp when that takes too long."""
    address = f"{ports.url(plan.host, plan.port)}health"
    end = time.monotonic() + seconds
    while not _healthy(address):
        if not child.alive or time.monotonic() > end:
            raise GivenUp(
                f"{child.name} does not answer on {address}; see {child.log}\n{child.last_words()}"
            )
        time.sleep(0.1)


def _healthy(address: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
