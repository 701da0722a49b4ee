"""How long does a diagnosis take beyond the window in which the flow is watched: on 6 devices, 16
hops, 28 devices?"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Iterator

from collectors.inventory.file import read_inventory
from collectors.model.evidence import Evidence
from collectors.model.inventory import Inventory, Login
from collectors.model.step import Options
from collectors.platforms import platform_named
from collectors.session import SshDriver
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Judged, Learned
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.run import investigate
from workbench.bench.farm import NoFarm
from workbench.bench.figures import Figure
from workbench.bench.peers import LONGEST, Wrong
from workbench.lab.build.namespaces import LabError
from workbench.lab.build.running import Up, running

NETWORKS = (  # name, lab, bar in seconds beyond the window
    ("diagnose.six", "fw-pair-nosync", 4.0),
    ("diagnose.long", "long-healthy", 8.0),
    ("diagnose.twenty_eight", "long-rings", 12.0),  # every device is on the flow's way
)
ROUNDS = 3
NOTE = "the same commands by one ssh per device"


def measure(tell: Callable[[str], None]) -> Iterator[Figure]:
    """All networks, for real."""
    for name, lab, bar in NETWORKS:
        try:
            with running(lab) as up:
                yield from _timed(name, up, bar, tell)
        except LabError as error:
            raise NoFarm(str(error)) from None


def _timed(name: str, up: Up, bar: float, tell: Callable[[str], None]) -> Iterator[Figure]:
    cause = up.plan.lab.truth.cause.value
    inventory = read_inventory(up.inventory)
    found: list[float] = []
    for number in range(ROUNDS):
        verdict, learned = _verdict(up, inventory)
        if verdict.best.hypothesis.cause.value != cause:
            raise Wrong(f"{up.id} is {cause}, not {verdict.best.hypothesis.cause.value}")
        found.append(verdict.timings["beyond_window"])
        tell(
            f"{name} round {number + 1}: {found[-1]:.2f} s beyond the window, {len(learned)}"
            " answers"
        )
    yield Figure(f"{name}.beyond_window", min(found), "s", bar, floor(inventory, learned), NOTE)


def _verdict(up: Up, inventory: Inventory) -> tuple[Verdict, list[Evidence]]:
    driver = SshDriver(inventory)
    try:
        case = Case(up.flow, inventory)
        run_events = list(investigate(case, driver, Options(), platforms=platform_named))
    finally:
        driver.close()
    last = run_events[-1]
    assert isinstance(last, Judged)
    return last.verdict, [h.evidence for h in run_events if isinstance(h, Learned)]


def floor(inventory: Inventory, learned: Iterable[Evidence]) -> float:
    """What OpenSSH takes for what was asked outside the window: one login for each device, all at
    once."""
    asked: dict[str, list[str]] = {}
    for evidence in learned:
        if evidence.command and evidence.params.seconds is None:
            asked.setdefault(evidence.device, []).append(evidence.command)
    logins = {device.name: device.login for device in inventory.devices}
    began = time.monotonic()
    sessions = [
        _ssh(login, "\n".join(asked[name]))
        for name, login in logins.items()
        if login and name in asked
    ]
    for session in sessions:
        session.communicate(timeout=LONGEST)
    return time.monotonic() - began


def _ssh(login: Login, script: str) -> subprocess.Popen[bytes]:
    options = ["-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={login.known_hosts}"]
    where = ["-i", str(login.key), "-p", str(login.port), f"{login.user}@{login.host}"]
    return subprocess.Popen(
        ["ssh", *options, *where, script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
