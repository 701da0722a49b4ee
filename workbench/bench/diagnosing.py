"""How long does a diagnosis take beyond the window in which the flow is watched, on six devices and on a long way?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collectors.inventory_file import read_inventory
from collectors.model.step import Options
from collectors.session import SshAsker
from workbench.analysis.case import Case
from workbench.analysis.investigate import investigate
from workbench.analysis.investigation import Judged
from workbench.analysis.verdict import Verdict
from workbench.bench.farm import NoFarm
from workbench.bench.figures import Figure
from workbench.bench.peers import Wrong
from workbench.lab.namespaces import LabError
from workbench.lab.running import Up, running

PAIR, LONG = "fw-pair-nosync", "long-healthy"
BAR = 4.0  # seconds beyond the window, on six devices; twice that on a long way
ROUNDS = 3


def measure(tell: Callable[[str], None]) -> Iterator[Figure]:
    """Both networks, for real."""
    for name, lab, bar in (("diagnose.six", PAIR, BAR), ("diagnose.long", LONG, 2 * BAR)):
        try:
            with running(lab) as up:
                yield from _timed(name, up, bar, tell)
        except LabError as error:
            raise NoFarm(str(error)) from None


def _timed(name: str, up: Up, bar: float, tell: Callable[[str], None]) -> Iterator[Figure]:
    cause = up.plan.lab.truth.cause.value
    found: list[float] = []
    for number in range(ROUNDS):
        verdict = _verdict(up)
        if verdict.best.hypothesis.cause.value != cause:
            raise Wrong(f"{up.id} is {cause}, not {verdict.best.hypothesis.cause.value}")
        found.append(verdict.timings["beyond_window"])
        tell(f"{name} round {number + 1}: {found[-1]:.2f} s beyond the window, {len(verdict.forward_path)} hops")
    yield Figure(f"{name}.beyond_window", min(found), "s", bar)


def _verdict(up: Up) -> Verdict:
    inventory = read_inventory(up.inventory)
    asker = SshAsker(inventory)
    try:
        happenings = list(investigate(Case(up.flow, inventory), asker, Options()))
    finally:
        asker.close()
    last = happenings[-1]
    assert isinstance(last, Judged)
    return last.verdict
