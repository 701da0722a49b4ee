"""Finds a source port that fails, or works, on a network whose hash decides: by trying, as a user would."""

from __future__ import annotations

import json
import random

from workbench.lab.kernel import chooses
from workbench.lab.namespaces import LabError, run_inside
from workbench.lab.plan import Plan
from workbench.lab.scripts import python

TRIES = 120


def choose_port(plan: Plan, pids: dict[str, int]) -> int:
    """A source port that takes the declared paths and ends as the first talk declares, twice in a row."""
    wanted = plan.lab.talks[0].pick == "works"
    for port in random.Random(f"{plan.lab.name}/{plan.seed}/port").sample(range(33000, 60000), TRIES):
        if not _on_path(plan, pids, port):
            continue
        if _works(plan, pids, port) is wanted and _works(plan, pids, port) is wanted:
            return port
    raise LabError(f"No source port {plan.lab.talks[0].pick}; the lab {plan.lab.name} is not as declared.")


def _on_path(plan: Plan, pids: dict[str, int], port: int) -> bool:
    flow, truth = plan.flow(port), plan.lab.truth
    return chooses(plan, pids, truth.forward, flow) and chooses(plan, pids, truth.reverse, flow.reversed())


def _works(plan: Plan, pids: dict[str, int], port: int) -> bool:
    talk = plan.lab.talks[0]
    flow = plan.flow_of(talk, port)
    words = f"{talk.protocol} {flow.src} {port} {flow.dst} {talk.port} request 0.2 1"
    done = run_inside(pids[talk.client], f"timeout 1 {python('talk.py')} {words}")
    return bool(done.stdout.strip()) and bool(json.loads(done.stdout.splitlines()[0])["ok"])
