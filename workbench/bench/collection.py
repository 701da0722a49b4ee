"""How long does it take to ask many devices eight short questions, against others on the same
machine?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

from collectors.answering import answer_for, command_for, platform_of
from collectors.model.evidence import Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.session import SshDriver
from workbench.bench.farm import Farm
from workbench.bench.figures import Figure
from workbench.bench.peers import Contender, Task, Wrong, ansible, floor, nornir, python_with

ABOUT = QueryParams(flow=Flow.parse("tcp 127.0.0.1:43122 > 127.0.0.1:443"))
QUESTIONS = {
    Question.IDENTITY: os.uname().nodename,
    Question.INTERFACES: '"ifname"',
    Question.RULES: '"priority"',
    Question.ROUTES: '"dst"',
    Question.NEIGHBOURS: "[",
    Question.COUNTERS: "InReceives",
    Question.ROUTE_CHOICE: '"dst"',
    Question.NEXTHOP_SETS: '"dst"',
}
DELAY = 0.01  # each way
ROUNDS = 3


def ours(task: Task) -> float:
    """Log in, ask, read everything."""
    inventory = task.farm.inventory(task.ports)
    began = time.monotonic()
    driver = SshDriver(inventory)
    try:
        found = list(
            driver.ask([Query(d.name, q, ABOUT) for d in inventory.devices for q in QUESTIONS])
        )
    finally:
        driver.close()
    took = time.monotonic() - began
    bad = [
        e
        for e in found
        if e.status is not Status.ANSWERED or QUESTIONS[e.question].encode() not in e.stdout
    ]
    if bad or len(found) != len(task.ports) * len(QUESTIONS):
        raise Wrong(
            f"{bad[0].device} {bad[0].question.value}: {bad[0].reason}"
            if bad
            else "answers are missing"
        )
    return took


def measure(tell: Callable[[str], None]) -> Iterator[Figure]:
    """Ten and fifty devices near by, ten of them far away."""
    with Farm(50) as farm:
        yield from _compared("collection.10", _task(farm, farm.ports[:10]), tell, all_peers=True)
        yield from _compared("collection.50", _task(farm, farm.ports), tell, all_peers=False)
    with Farm(10) as farm:
        far = farm.far(DELAY)
        yield from _compared("collection.10_far", _task(farm, far), tell, all_peers=True)


def _task(farm: Farm, ports: list[int]) -> Task:
    device = farm.inventory(ports[:1]).devices[0]
    queries = [Query(device.name, question, ABOUT) for question in QUESTIONS]
    platform = platform_of(device)
    commands = tuple(command_for(answer_for(platform, query), query) for query in queries)
    return Task(farm, ports, commands, tuple(QUESTIONS.values()))


def _compared(
    name: str, task: Task, tell: Callable[[str], None], all_peers: bool
) -> Iterator[Figure]:
    own, best = _best_of_two(name, task, tell)
    yield Figure(f"{name}.seconds", own, "s")
    yield Figure(
        f"{name}.of_ssh", own / best, "times", 1.4, best, "one ssh per host with all commands"
    )
    if all_peers:
        yield from _against(f"{name}.of_nornir", "nornir_netmiko", nornir, 0.5, own, task, tell)
        yield from _against(f"{name}.of_ansible", "ansible", ansible, 0.25, own, task, tell)


def _best_of_two(name: str, task: Task, tell: Callable[[str], None]) -> tuple[float, float]:
    """In turns, so that a disturbance of the machine meets both."""
    own, best = [], []
    for number in range(ROUNDS):
        best.append(floor(task))
        own.append(ours(task))
        tell(f"{name} round {number + 1}: ssh {best[-1]:.2f} s, ours {own[-1]:.2f} s")
    return min(own), min(best)


def _against(
    name: str,
    module: str,
    peer: Contender,
    bar: float,
    own: float,
    task: Task,
    tell: Callable[[str], None],
) -> Iterator[Figure]:
    if python_with(module) is None:
        tell(f"{name}: {module} is not installed (requirements-bench.txt)")
        return
    took = peer(task)
    tell(f"{name}: {took:.2f} s")
    yield Figure(name, own / took, "times", bar, took)
