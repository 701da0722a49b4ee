"""A real OpenSSH server on loopback whose "device" behaves as a test wants."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from pathlib import Path

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/sbin") or "sshd"


def keygen(path: Path) -> Path:
    """A new private key; its public half lies beside it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


class Sshd:
    """Starts in the constructor; `tools` are commands that the device has instead of its own, as
    shell text.

    In them `$SESSION` is the process of the login.
    """

    def __init__(self, folder: Path, tools: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.user, self.port = folder, getpass.getuser(), free_port()
        self.host_key, self.key = keygen(folder / "host"), keygen(folder / "user")
        self.known_hosts = folder / "known_hosts"
        self.trust(self.host_key)
        self.commands = folder / "commands"
        self.script = folder / "device.sh"
        executable(self.script, self._login())
        (folder / "tools").mkdir()
        for name, body in (tools or {}).items():
            executable(folder / "tools" / name, f"PATH=${{PATH#*:}}\n{body}\n")
        self._start()

    def trust(self, key: Path) -> None:
        """Put this key, and no other, into the known_hosts file."""
        public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}\n")

    def inventory(self, **login: object) -> dict[str, object]:
        """One device, `box`, reached here."""
        ssh = {"host": "127.0.0.1", "port": self.port, "user": self.user, "key": str(self.key),
               "known_hosts": str(self.known_hosts), **login}  # fmt: skip
        return {
            "devices": [
                {
                    "name": "box",
                    "role": "server",
                    "ssh": {k: v for k, v in ssh.items() if v is not None},
                }
            ]
        }

    def sent(self) -> list[str]:
        """What was run over SSH itself: shells, and commands on channels of their own."""
        return self.commands.read_text().splitlines() if self.commands.exists() else []

    def stop(self) -> None:
        """End the server and what it serves."""
        self.process.terminate()
        self.process.wait(10)

    def _login(self) -> str:
        return (
            f'printf "%s\\n" "$SSH_ORIGINAL_COMMAND" >> {self.commands}\nexport SESSION=$PPID\n'
            f'PATH={self.folder}/tools:$PATH\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n'
        )

    def _start(self) -> None:
        (self.folder / "authorized").write_text(self.key.with_suffix(".pub").read_text())
        config = self.folder / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.host_key}\nStrictModes"
            " no\nUsePAM no\nAuthorizedKeysFile"
            f" {self.folder / 'authorized'}\nPasswordAuthentication no\nPidFile none\nForceCommand"
            f" {self.script}\nSetEnv HOME={self.folder}\nMaxStartups 100\nPermitRootLogin yes\n"
        )
        Path("/run/sshd").mkdir(exist_ok=True) if self.user == "root" else None
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL
        )
        wait_for(self.port)


def executable(path: Path, body: str) -> None:
    """Write a shell script."""
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until something listens there."""
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise TimeoutError(f"nothing listens on {port}")
