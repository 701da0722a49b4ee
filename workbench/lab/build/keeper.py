"""The process that holds one lab: builds it, serves its logins, takes everything away when it ends.

`python -m workbench.lab.build.keeper NAME SEED DIRECTORY [--tied] [--wan=MS,JITTER,LOSS]`; tied = ends
when its standard input closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from workbench.lab.build.logins import Door, Doorkeeper, known_hosts, make_keys, open_door
from workbench.lab.build.namespaces import (
    PATH,
    LabError,
    NamespaceCell,
    check_privileges,
    dig,
    dress,
    enter,
    fill_in,
    run_inside,
    wire,
)
from workbench.lab.build.scripts import talk_command
from workbench.lab.build.wires import Wan, stretched
from workbench.lab.declare.plan import LabPlan, make_plan
from workbench.lab.declare.words import Account
from workbench.lab.prove.pick import await_paths
from workbench.lab.topologies import lab_named

MARKER = "bothways-lab-1"


def build(plan: LabPlan, home: Path, cells: dict[str, NamespaceCell]) -> dict[str, Any]:
    """Bring everything up; returns the state that others read."""
    cells.update(dig(plan))
    wire(plan, cells)
    dress(plan, cells)
    make_keys(plan, home)
    pids = {name: cell.pid for name, cell in cells.items()}
    time.sleep(plan.lab.settle)
    port = await_paths(plan, pids)
    _converse(plan, pids, home, port)
    for event in plan.lab.events:
        time.sleep(2.5)
        run_inside(pids[event.node], plan.text(event.node, event.command))
    return {
        "marker": MARKER,
        "lab": plan.lab.name,
        "seed": plan.seed,
        "pids": pids,
        "source_port": port,
    }


def _converse(plan: LabPlan, pids: dict[str, int], home: Path, port: int | None) -> None:
    for number, talk in enumerate(plan.lab.talks):
        if number == 0 or plan.noise:
            log = str(home / f"talk-{number}.jsonl")
            _background(
                pids[talk.client], talk_command(plan, talk, port if number == 0 else None, log)
            )


def _background(pid: int, command: str) -> None:
    subprocess.Popen(
        enter(pid, ["sh", "-c", f"exec {command}"]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": PATH},
    )


def inventory(plan: LabPlan, doors: dict[str, Door], home: Path) -> dict[str, Any]:
    """The inventory file of the contract."""
    return {"devices": [_device(plan, name, door, home) for name, door in doors.items()]}


def _device(plan: LabPlan, name: str, door: Door, home: Path) -> dict[str, Any]:
    node, account = plan.lab.node(name), plan.accounts[name]
    entry: dict[str, Any] = {
        "name": plan.called[name],
        "role": node.role.value,
        "platform": "frr" if node.frr else "linux",
    }
    if node.state_group:
        entry["state_group"] = node.state_group
    if plan.addresses_shown:
        entry["addresses"] = [str(port.address) for port in plan.ports_of(name)]
    user = "root" if account is Account.ROOT else "ops"
    where = {"key": str(home / "id_ed25519"), "known_hosts": str(home / "known_hosts")}
    entry["ssh"] = {"host": "127.0.0.1", "port": door.port, "user": user, **where}
    entry["sudo"] = account is Account.OPS
    return entry


def _first_words(plan: LabPlan, state: dict[str, Any], home: Path, doors: dict[str, Door]) -> None:
    (home / "inventory.json").write_text(json.dumps(inventory(plan, doors, home), indent=1) + "\n")
    flow = plan.flow(state["source_port"])
    state |= {"keeper": os.getpid(), "flow": str(flow), "names": plan.called, "begun": time.time()}
    state["ports"] = {name: door.port for name, door in doors.items()}
    partial = home / ".lab.json"
    partial.write_text(json.dumps(state, indent=1) + "\n")
    partial.rename(home / "lab.json")


def keep(name: str, seed: int, home: Path, tied: bool, wan: Wan | None = None) -> None:
    """Build the lab, say `ready`, serve until a signal ends it, remove all."""
    plan = make_plan(stretched(lab_named(name), wan), seed)
    cells: dict[str, NamespaceCell] = {}
    ending, waker = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: (os.write(waker, b"x"), None)[1])
    try:
        check_privileges(plan.lab.needs)
        state = build(plan, home, cells)
        logged = [n.name for n in plan.lab.nodes if plan.accounts[n.name] is not Account.NONE]
        gone = {n.name for n in plan.lab.nodes if n.down}
        doors = {node: open_door(plan, node, cells[node].pid, home) for node in logged}
        for node in gone & set(doors):
            doors[node].shut()
        known_hosts(plan, doors, home)
        _first_words(plan, state | {"wan": str(wan or 0)}, home, doors)
        _serve({n: d for n, d in doors.items() if n not in gone}, [ending, 0] if tied else [ending])
    finally:
        fill_in(cells.values())
        shutil.rmtree(home, ignore_errors=True)


def _serve(doors: dict[str, Door], endings: list[int]) -> None:
    doorkeeper = Doorkeeper(doors)
    for descriptor in endings:
        doorkeeper.watch(descriptor)
    print("ready", flush=True)
    try:
        doorkeeper.serve()
    finally:
        doorkeeper.close()


def main() -> int:
    """The command line of the keeper."""
    name, seed, home = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    wan = next(
        (Wan.parse(word.removeprefix("--wan=")) for word in sys.argv if word.startswith("--wan=")),
        None,
    )
    try:
        keep(name, seed, home, "--tied" in sys.argv, wan)
    except LabError as problem:
        with contextlib.suppress(OSError):
            print(f"failed {problem}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
