"""From nothing to a served page, and back to nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from django.core.management import call_command

from workbench.serve import ending, ports, processes
from workbench.serve import redis as private_redis
from workbench.serve.children import Child, stop, watch
from workbench.serve.place import private
from workbench.serve.plan import ServePlan

Say = Callable[[str], None]
Prepare = Callable[[ExitStack], None]  # before the processes start; what it enters ends after them
Begin = Callable[[], None]  # when the page is served


def serve(plan: ServePlan, say: Say, prepare: Prepare, begin: Begin) -> None:
    """Serve until somebody asks for the end. Raises Refusal or GivenUp, with everything ended."""
    os.umask(0o077)
    plan.place.prepare()
    with ending.asked_for(), ExitStack() as stack:
        stack.enter_context(plan.place.claimed(plan.url))
        ports.checked(plan.host, plan.port, plan.command)
        children = _redis(plan, stack)
        say("preparing the database")
        call_command("migrate", interactive=False, verbosity=0)
        prepare(stack)
        children += _servers(plan, stack)
        begin()
        watch(children, _sleep, say)


def _redis(plan: ServePlan, stack: ExitStack) -> list[Child]:
    socket = plan.private_redis
    if socket is None:
        return []
    private(socket.parent)
    socket.unlink(missing_ok=True)
    child = processes.redis(plan, socket)
    _started(child, stack)
    private_redis.wait_for(socket)
    return [child]


def _servers(plan: ServePlan, stack: ExitStack) -> list[Child]:
    children = [processes.worker(plan), processes.web(plan)]
    stack.callback(stop, children)
    for child in children:
        child.start()
    processes.wait_for_web(plan, children[-1])
    return children


def _started(child: Child, stack: ExitStack) -> None:
    stack.callback(stop, [child])
    child.start()


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def data_directory(base: Path, command: str) -> Path:
    """Where this command keeps its things: what the environment says, else its own corner of the
    checkout."""
    given = os.environ.get("BOTHWAYS_DATA")
    return Path(given).absolute() if given else base / "var" / ("demo" if command == "demo" else "")
