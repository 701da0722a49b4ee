"""Nodes as processes: each has network, mount, UTS and PID namespaces of its own, and dies with its
keeper."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.lab.build.scripts import INSIDE, dressing, ground
from workbench.lab.build.wires import make_honest, relay_words, wires_on
from workbench.lab.declare.plan import LabPlan
from workbench.lab.declare.words import Wire

End = tuple[str, int]  # an interface, and the first process of the node that it is in
SWITCH = "(switch)"
TOOLS = ("unshare", "nsenter", "ip", "sshd", "ssh-keygen", "tcpdump", "conntrack")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LabError(Exception):
    """The lab cannot be had; the message is one sentence for the user."""


@dataclass(slots=True)
class NamespaceCell:
    """The first process of one node."""

    name: str
    outer: subprocess.Popen[str]
    pid: int = 0


def check_privileges(needs: Iterable[str] = ()) -> None:
    """Can namespaces be had here, and are the programs there? Raises LabError."""
    if os.uname().sysname != "Linux":
        raise LabError(
            "The lab needs Linux network namespaces; this is "
            + os.uname().sysname
            + ". The recordings play anywhere."
        )
    if os.geteuid() != 0:
        raise LabError(
            "The lab needs root to make network namespaces; run it with sudo, or play the"
            " recordings."
        )
    missing = [tool for tool in (*TOOLS, *needs) if not found(tool)]
    if missing:
        raise LabError(f"The lab needs programs that are not installed: {', '.join(missing)}.")
    trial = subprocess.run(
        ["unshare", "-n", "-m", "-u", "-p", "-f", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if trial.returncode:
        raise LabError(
            f"This system refuses network namespaces ({trial.stderr.strip()[:120]}); play the"
            " recordings."
        )


def found(tool: str) -> str | None:
    """Where a program is, sbin and FRR's directory included."""
    return shutil.which(tool, path=PATH + ":/usr/lib/frr")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def dig(plan: LabPlan) -> dict[str, NamespaceCell]:
    """Start the first process of every node, and of the one that holds the bridges."""
    scripts = {node.name: ground(plan, node) for node in plan.lab.nodes}
    scripts[SWITCH] = "echo ready; sleep infinity & while :; do wait; done"
    cells = {name: _start(name, script) for name, script in scripts.items()}
    for cell in cells.values():
        _await(cell)
    return cells


def _start(name: str, script: str) -> NamespaceCell:
    command = [
        "unshare",
        "-n",
        "-m",
        "-u",
        "-p",
        "-f",
        "--kill-child",
        "--mount-proc",
        "sh",
        "-c",
        script,
    ]
    outer = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": PATH, "LC_ALL": "C"},
        preexec_fn=_die_with_parent,
    )
    return NamespaceCell(name, outer)


def _await(cell: NamespaceCell) -> None:
    assert cell.outer.stdout is not None and cell.outer.stderr is not None
    if cell.outer.stdout.readline().strip() != "ready":
        raise LabError(
            f"The node {cell.name} did not start: {cell.outer.stderr.read()[-300:].strip()}"
        )
    cell.pid = int(
        Path(f"/proc/{cell.outer.pid}/task/{cell.outer.pid}/children").read_text().split()[0]
    )


def enter(pid: int, command: Sequence[str]) -> list[str]:
    """The words that run a command inside a node."""
    return ["nsenter", "-t", str(pid), "-n", "-m", "-u", "-p", "-r", "-w", "--", *command]


def run_inside(pid: int, script: str, seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run shell text inside a node and wait for it."""
    env = {"PATH": PATH, "LC_ALL": "C", "HOME": "/root"}
    return subprocess.run(
        enter(pid, ["sh", "-c", script]),
        capture_output=True,
        text=True,
        timeout=seconds,
        env=env,
        check=False,
    )


class Cabling:
    """The links to make: those between nodes, what belongs to the switch, and which of them are
    long wires."""

    def __init__(self, switch: int) -> None:
        self.switch = switch
        self.outside: list[str] = []
        self.inside: list[str] = []
        self.long: list[tuple[Wire, tuple[str, str]]] = []
        self.ends: list[End] = []

    def link(self, one: End, other: End, wire: Wire | None) -> None:
        """Join two interfaces, straight or by a long wire."""
        self.ends += [one, other]
        if wire is None:
            self.outside.append(_veth(one, other))
            return
        ends = (f"w{len(self.long)}a", f"w{len(self.long)}b")
        for mine, near in zip(ends, (one, other), strict=True):
            self.outside.append(_veth(near, (mine, self.switch)))
            self.inside += [
                f"link set {mine} mtu 65535",
                f"link set {mine} addrgenmode none",
                f"link set {mine} up",
            ]
        self.long.append((wire, ends))

    def bridge(self, index: int, ends: Sequence[End], wires: Sequence[Wire | None]) -> None:
        """Join many by a bridge."""
        self.inside += [
            f"link add br{index} type bridge forward_delay 0 mcast_snooping 0",
            f"link set br{index} up",
        ]
        for number, (end, wire) in enumerate(zip(ends, wires, strict=True)):
            port = f"s{index}p{number}"
            self.link(end, (port, self.switch), wire)
            self.inside.append(f"link set {port} master br{index} up")


def wire(plan: LabPlan, cells: dict[str, NamespaceCell]) -> None:
    """Make every link, bridge and long wire, each end straight in its node."""
    cabling = _cabling(plan, cells)
    _batch(["ip", "-batch", "-"], cabling.outside)
    if cabling.inside:
        _batch(enter(cabling.switch, ["ip", "-batch", "-"]), cabling.inside)
    if cabling.long:
        for device, pid in cabling.ends:
            make_honest(pid, device)
        _relay(cabling)


def _cabling(plan: LabPlan, cells: dict[str, NamespaceCell]) -> Cabling:
    cabling = Cabling(cells[SWITCH].pid)
    for index, segment in enumerate(plan.lab.segments):
        found = wires_on(plan.lab, segment)
        ends = {
            p.node: (p.device, cells[p.node].pid) for p in plan.ports if p.segment == segment.name
        }
        if len(ends) == 2:
            first, second = segment.nodes
            cabling.link(ends[first], ends[second], found.get(first))
        else:
            cabling.bridge(index, list(ends.values()), [found.get(node) for node in ends])
    return cabling


def _relay(cabling: Cabling) -> None:
    """Start what carries the frames of all long wires; it lives in the switch and ends with it."""
    words = [sys.executable, "-I", "-S", str(INSIDE / "relay.py"), relay_words(cabling.long)]
    relay = subprocess.Popen(
        enter(cabling.switch, words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": PATH},
    )
    assert relay.stdout is not None and relay.stderr is not None
    if relay.stdout.readline().strip() != "ready":
        raise LabError(f"The long wires could not be laid: {relay.stderr.read()[-300:].strip()}")


def _veth(one: End, other: End) -> str:
    return f"link add {one[0]} netns {one[1]} type veth peer name {other[0]} netns {other[1]}"


def _batch(command: list[str], lines: list[str]) -> None:
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError(f"The links could not be made: {done.stderr.strip()[:300]}")


def dress(plan: LabPlan, cells: dict[str, NamespaceCell]) -> None:
    """Give every node its addresses, routes, rules and services; two at a time."""
    waiting = [node for node in plan.lab.nodes if not node.down]
    for first in range(0, len(waiting), 2):
        both = waiting[first : first + 2]
        jobs = [(node.name, _dressing(cells[node.name].pid, dressing(plan, node))) for node in both]
        for name, job in jobs:
            _, error = job.communicate(timeout=180)
            if job.returncode:
                raise LabError(f"The node {name} could not be set up: {error[-400:].strip()}")


def _dressing(pid: int, script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        enter(pid, ["sh", "-c", script]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": PATH, "LC_ALL": "C", "HOME": "/root"},
    )


def fill_in(cells: Iterable[NamespaceCell]) -> None:
    """End every node; the kernel removes links, rules and mounts with them."""
    for cell in cells:
        with contextlib.suppress(ProcessLookupError):
            os.kill(cell.pid or cell.outer.pid, signal.SIGKILL)
    for cell in cells:
        with contextlib.suppress(subprocess.TimeoutExpired):
            cell.outer.wait(timeout=60)
