"""How much memory do web, worker and Redis take together at rest?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.bench.figures import Figure
from workbench.serve import ports, processes, redis
from workbench.serve.children import Child, stop
from workbench.serve.plan import ServePlan

Tell = Callable[[str], None]
BASE = Path(__file__).resolve().parents[2]
BAR = 350.0  # MB


def measure(tell: Tell) -> Iterator[Figure]:
    """Serve with nothing to do, and look."""
    tell("starting a server in a directory of its own")
    sizes = at_rest()
    note = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    yield Figure("memory at rest", sum(sizes.values()), "MB", bar=BAR, note=note)


def at_rest() -> dict[str, float]:
    """Megabytes (resident, shared pages counted in each) of every process of a server that has
    nothing to do."""
    with tempfile.TemporaryDirectory(prefix="bothways-bench-") as folder:
        plan = ServePlan("up", "127.0.0.1", _free_port(), Path(folder))
        plan.place.prepare()
        with served(plan) as children:
            return {child.name.removeprefix("the "): _resident(child) for child in children}


@contextmanager
def served(plan: ServePlan) -> Iterator[list[Child]]:
    """A server with nothing to do, in a directory of its own."""
    env = {name: value for name, value in plan.environment({}).items() if value} | {
        "PYTHONPATH": str(BASE)
    }
    children = [
        processes.redis(plan, plan.place.redis_socket),
        processes.worker(plan),
        processes.web(plan),
    ]
    for child in children:
        child.env = env
    try:
        children[0].start()
        redis.wait_for(plan.place.redis_socket)
        _run(env, str(BASE / "manage.py"), "migrate", "--noinput", "-v", "0")
        for child in children[1:]:
            child.start()
        processes.wait_for_web(plan, children[2])
        _run(
            env, "-m", "celery", "-q", "-A", "workbench.config", "inspect", "ping", "--timeout", "8"
        )
        yield children
    finally:
        stop(children)


def _run(env: dict[str, str], *words: str) -> None:
    whole = {**os.environ, **env}
    subprocess.run(
        [sys.executable, *words], env=whole, check=True, stdout=subprocess.DEVNULL, timeout=120
    )


def _free_port() -> int:
    return next(port for port in range(18000, 19000) if ports.free("127.0.0.1", port))


def _resident(child: Child) -> float:
    """The resident memory of a child and of all in its group, in MB."""
    assert child.process is not None
    group = str(child.process.pid)
    found = [path for path in Path("/proc").glob("[0-9]*/stat") if _group(path) == group]
    return sum(_kilobytes(path.with_name("status")) for path in found) / 1000


def _group(stat: Path) -> str | None:
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[2]
    except OSError:
        return None


def _kilobytes(status: Path) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
