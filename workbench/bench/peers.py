"""What others take for the same commands on the same devices: OpenSSH, nornir with Netmiko,
ansible's raw module."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.bench.farm import Farm

LONGEST = 600


class Wrong(Exception):
    """A contender's output was not what it must be; its time counts for nothing."""


@dataclass(frozen=True)
class Task:
    """Which commands on which ports, and a word that each output must hold."""

    farm: Farm
    ports: list[int]
    commands: tuple[str, ...]
    words: tuple[str, ...]

    def check(self, outputs: Sequence[Sequence[str]]) -> None:
        """Every device, every command, the right output. Raises Wrong."""
        if len(outputs) != len(self.ports):
            raise Wrong(f"{len(outputs)} of {len(self.ports)} devices answered")
        for device in outputs:
            if len(device) != len(self.words):
                raise Wrong(
                    f"{len(device)} of {len(self.words)} commands were answered:"
                    f" {' '.join(device)[-200:]}"
                )
            missing = [
                word for word, text in zip(self.words, device, strict=True) if word not in text
            ]
            if missing:
                raise Wrong(f"{missing[0]!r} is missing in an output")


Contender = Callable[[Task], float]


def floor(task: Task) -> float:
    """One `ssh host 'c1; c2; ...'` per host, all at once: less is hardly possible."""
    script = "; ".join(task.commands)
    began = time.monotonic()
    running = [_ssh(task, port, script) for port in task.ports]
    texts = [process.communicate(timeout=LONGEST)[0] for process in running]
    took = time.monotonic() - began
    task.check([[text] * len(task.words) for text in texts])
    return took


def _ssh(task: Task, port: int, script: str) -> subprocess.Popen[str]:
    options = [
        "-o",
        "BatchMode=yes",
        "-o",
        f"UserKnownHostsFile={task.farm.known_hosts}",
        "-o",
        "LogLevel=ERROR",
    ]
    where = ["-F", "none", "-i", str(task.farm.key), "-p", str(port), f"{task.farm.user}@127.0.0.1"]
    return subprocess.Popen(
        ["ssh", *options, *where, script],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def python_with(module: str) -> str | None:
    """A Python that has this peer: ours, or the one that BOTHWAYS_BENCH_PYTHON names."""
    for python in (os.environ.get("BOTHWAYS_BENCH_PYTHON"), sys.executable):
        if (
            python
            and subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode
            == 0
        ):
            return python
    return None


def nornir(task: Task) -> float:
    """nornir with nornir-netmiko at their defaults, as many workers as they take by themselves."""
    python = python_with("nornir_netmiko") or sys.executable
    job = {
        "ports": task.ports,
        "user": task.farm.user,
        "key": str(task.farm.key),
        "commands": task.commands,
    }
    script = str(Path(__file__).with_name("with_nornir.py"))
    done = subprocess.run(
        [python, script], input=json.dumps(job), capture_output=True, text=True, timeout=LONGEST
    )
    if done.returncode:
        raise Wrong(
            f"nornir failed: {done.stderr.strip().splitlines()[-1:] or ['no reason given']}"
        )
    result = json.loads(done.stdout)
    task.check(result["outputs"])
    return float(result["seconds"])


def ansible(task: Task) -> float:
    """One play with a raw task per command, a fork per host."""
    python = python_with("ansible") or sys.executable
    playbook = task.farm.folder / "play.json"
    playbook.write_text(json.dumps([_play(task)]))
    hosts = task.farm.folder / "hosts.json"
    hosts.write_text(
        json.dumps({"all": {"hosts": {f"d{port}": {"ansible_port": port} for port in task.ports}}})
    )
    command = [
        python,
        "-m",
        "ansible",
        "playbook",
        "-i",
        str(hosts),
        "-f",
        str(len(task.ports)),
        str(playbook),
    ]
    began = time.monotonic()
    done = subprocess.run(
        command, env=_quiet(task), capture_output=True, text=True, timeout=LONGEST
    )
    took = time.monotonic() - began
    if done.returncode:
        raise Wrong(f"ansible failed: {(done.stdout + done.stderr).strip().splitlines()[-1:]}")
    task.check(_ansible_outputs(done.stdout, task))
    return took


def _play(task: Task) -> dict[str, object]:
    variables = {
        "ansible_host": "127.0.0.1",
        "ansible_user": task.farm.user,
        "ansible_ssh_private_key_file": str(task.farm.key),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={task.farm.known_hosts}",
    }
    tasks = [{"raw": command} for command in task.commands]
    return {"hosts": "all", "gather_facts": False, "vars": variables, "tasks": tasks}


def _quiet(task: Task) -> dict[str, str]:
    own = {"ANSIBLE_STDOUT_CALLBACK": "minimal", "ANSIBLE_HOME": str(task.farm.folder / "ansible")}
    return {**os.environ, **own, "ANSIBLE_DEPRECATION_WARNINGS": "0", "ANSIBLE_NOCOLOR": "1"}


def _ansible_outputs(text: str, task: Task) -> list[list[str]]:
    """d40001 | CHANGED | rc=0 >>, then what the command said; task after task."""
    parts = re.split(r"^d(\d+) \| \w+ \| rc=0 >>$", text, flags=re.M)
    found: dict[str, list[str]] = {str(port): [] for port in task.ports}
    for port, said in zip(parts[1::2], parts[2::2], strict=True):
        found[port].append(said)
    return list(found.values())
