"""Waits until routing stands as declared, and finds a source port that fails, or works, where a
hash decides."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator

from workbench.lab.build.namespaces import LabError, run_inside
from workbench.lab.build.scripts import python
from workbench.lab.declare.plan import LabPlan
from workbench.lab.prove.kernel import chooses

TRIES, TIMES = 60, 3
DAEMONS_NEED = 40.0


def await_paths(plan: LabPlan, pids: dict[str, int]) -> int | None:
    """Wait for routing daemons; returns the source port to use where the declaration wants one
    picked."""
    deadline = time.monotonic() + DAEMONS_NEED
    daemons = any(node.frr for node in plan.lab.nodes)
    while True:
        picking = plan.lab.talks[0].pick is not None
        port = next(_fitting(plan, pids), None) if picking and _stands(plan, pids) else None
        ready = port is not None if picking else not daemons or _on_path(plan, pids, port)
        if ready:
            return port
        if time.monotonic() > deadline:
            raise LabError(f"The paths of the lab {plan.lab.name} are not as declared.")
        time.sleep(0.5)


def _fitting(plan: LabPlan, pids: dict[str, int]) -> Iterator[int]:
    """Source ports that take the declared paths and end as the first talk declares, several times
    in a row."""
    wanted = plan.lab.talks[0].pick == "works"
    for port in random.Random(f"{plan.lab.name}/{plan.seed}/port").sample(
        range(33000, 60000), TRIES
    ):
        if not _on_path(plan, pids, port):
            continue
        if all(_works(plan, pids, port) is wanted for _ in range(TIMES)):
            yield port


def _stands(plan: LabPlan, pids: dict[str, int]) -> bool:
    """Does any source port work yet? Before that, failing says nothing."""
    return any(_works(plan, pids, port) for port in range(61000, 61012))


def _on_path(plan: LabPlan, pids: dict[str, int], port: int | None) -> bool:
    # for IPv6 `ip route get` does not tell the branch that a real packet takes
    if plan.family == 6:
        return True
    flow, truth = plan.flow(port), plan.lab.truth
    return chooses(plan, pids, truth.forward, flow) and chooses(
        plan, pids, truth.reverse, flow.reversed()
    )


def _works(plan: LabPlan, pids: dict[str, int], port: int) -> bool:
    talk = plan.lab.talks[0]
    flow = plan.flow_of(talk, port)
    lag = plan.lab.lag
    words = f"{talk.protocol} {flow.src} {port} {flow.dst} {talk.port} request 0.2 {lag:g} 1"
    done = run_inside(pids[talk.client], f"timeout {2 + 4 * lag:g} {python('talk.py')} {words}")
    return bool(done.stdout.strip()) and bool(json.loads(done.stdout.splitlines()[0])["ok"])
