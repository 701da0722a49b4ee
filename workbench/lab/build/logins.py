"""Real SSH logins into nodes: keys, server configuration, and the acceptor that starts one sshd per
connection."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.lab.build.namespaces import PATH, enter, run_inside
from workbench.lab.declare.plan import LabPlan
from workbench.lab.declare.words import Account

SSHD_CONFIG = """
HostKey /run/node/host_key
AuthorizedKeysFile /run/node/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin {root}
PrintMotd no
PrintLastLog no
UseDNS no
AcceptEnv LANG LC_*
SetEnv HOME=/run/node
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True, slots=True)
class Door:
    """Where one node's SSH is reached."""

    node: str
    listener: socket.socket
    pid: int
    port: int

    def shut(self) -> None:
        """Nobody is at home: from now on connections are refused."""
        self.listener.close()


def make_keys(plan: LabPlan, home: Path) -> None:
    """The user's key, and a host key for each node."""
    for name in ("id_ed25519", *(f"host-{node.name}" for node in plan.lab.nodes)):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(home / name)],
            check=True,
            stdin=subprocess.DEVNULL,
        )


def open_door(plan: LabPlan, node: str, pid: int, home: Path) -> Door:
    """Put keys and configuration into the node and listen for logins on loopback."""
    root = "prohibit-password" if plan.accounts[node] is Account.ROOT else "no"
    files = {
        "host_key": (home / f"host-{node}").read_text(),
        "authorized_keys": (home / "id_ed25519.pub").read_text(),
        "sshd_config": SSHD_CONFIG.format(root=root),
    }
    script = "umask 077\n" + "\n".join(
        f"cat > /run/node/{name} <<'END'\n{text}\nEND" for name, text in files.items()
    )
    run_inside(pid, script + "\nchmod 0755 /run/node; chmod 0644 /run/node/authorized_keys")
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    return Door(node, listener, pid, int(listener.getsockname()[1]))


def known_hosts(plan: LabPlan, doors: Mapping[str, Door], home: Path) -> Path:
    """The file that makes every node's key known."""
    path = home / "known_hosts"
    lines = []
    for node, door in doors.items():
        kind, key = (home / f"host-{node}.pub").read_text().split()[:2]
        lines.append(f"[127.0.0.1]:{door.port} {kind} {key}\n")
    path.write_text("".join(lines))
    return path


class Doorkeeper:
    """Accepts logins until stopped; every connection gets its own sshd inside its node."""

    def __init__(self, doors: Mapping[str, Door]) -> None:
        self.selector = selectors.DefaultSelector()
        self.sessions: list[subprocess.Popen[bytes]] = []
        for door in doors.values():
            door.listener.setblocking(False)
            self.selector.register(door.listener, selectors.EVENT_READ, door)

    def watch(self, pipe: int) -> None:
        """Also end when this descriptor reports anything, such as its other side closing."""
        self.selector.register(pipe, selectors.EVENT_READ, None)

    def serve(self) -> None:
        """Answer until a watched descriptor speaks."""
        while True:
            for key, _ in self.selector.select(timeout=5.0):
                if key.data is None:
                    return
                self._welcome(key.data)
            self.sessions = [session for session in self.sessions if session.poll() is None]

    def _welcome(self, door: Door) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            peer, _ = door.listener.accept()
            with peer:
                peer.setblocking(True)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sessions.append(_session(door, peer))

    def close(self) -> None:
        """End every login."""
        self.selector.close()
        for session in self.sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(session.pid, signal.SIGTERM)


def _session(door: Door, peer: socket.socket) -> subprocess.Popen[bytes]:
    command = ["/usr/sbin/sshd", "-i", "-f", "/run/node/sshd_config"]
    return subprocess.Popen(
        enter(door.pid, command),
        stdin=peer.fileno(),
        stdout=peer.fileno(),
        stderr=subprocess.DEVNULL,
        env={"PATH": PATH},
        start_new_session=True,
    )
