"""Many devices on loopback: one real sshd that listens on many ports, and a proxy that puts
distance before it."""

from __future__ import annotations

import getpass
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from collectors.model.inventory import Device, Inventory, Login, Role

LISTENING = 16  # sockets that one sshd takes at most


class NoFarm(Exception):
    """It cannot be started here; one sentence."""


class Farm:
    """So many logins to this machine, each on a port of its own."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.user = getpass.getuser()
        self._stack = ExitStack()

    def __enter__(self) -> Farm:
        self.folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bothways-bench-"))
        )
        self.ports = free_ports(self.size)
        self.key, host_key = _keygen(self.folder / "user"), _keygen(self.folder / "host")
        self._host_public = host_key.with_suffix(".pub").read_text().strip()
        self.known_hosts = self.folder / "known_hosts"
        self.trust(self.ports)
        self._start(host_key)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def trust(self, ports: list[int]) -> None:
        """Write the host key down for these ports too."""
        with self.known_hosts.open("a") as file:
            file.writelines(f"[127.0.0.1]:{port} {self._host_public}\n" for port in ports)

    def far(self, delay: float) -> list[int]:
        """Other ports to the same devices, each byte delayed by so much in each direction."""
        ports = free_ports(self.size)
        pairs = json.dumps({"delay": delay, "ports": list(zip(ports, self.ports, strict=True))})
        command = [sys.executable, str(Path(__file__).with_name("distance.py")), pairs]
        proxy = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._stack.callback(_end, proxy)
        _wait_for(ports[-1])
        self.trust(ports)
        return ports

    def inventory(self, ports: list[int]) -> Inventory:
        """The devices behind these ports."""
        return Inventory(tuple(self._device(port) for port in ports))

    def _device(self, port: int) -> Device:
        login = Login(
            "127.0.0.1", port, self.user, key=str(self.key), known_hosts=str(self.known_hosts)
        )
        return Device(f"d{port}", Role.ROUTER, login=login)

    def _start(self, host_key: Path) -> None:
        sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/sbin")
        if sshd is None:
            raise NoFarm("sshd is not installed")
        (self.folder / "authorized").write_text(self.key.with_suffix(".pub").read_text())
        if self.user == "root":
            Path("/run/sshd").mkdir(exist_ok=True)
        for first in range(0, self.size, LISTENING):
            self._serve(sshd, host_key, self.ports[first : first + LISTENING])

    def _serve(self, sshd: str, host_key: Path, ports: list[int]) -> None:
        config = self.folder / f"config-{ports[0]}"
        config.write_text(self._config(host_key, ports))
        server = subprocess.Popen([sshd, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)
        self._stack.callback(_end, server)
        _wait_for(ports[-1])

    def _config(self, host_key: Path, ports: list[int]) -> str:
        listen = "".join(f"ListenAddress 127.0.0.1:{port}\n" for port in ports)
        return (
            f"{listen}HostKey {host_key}\nStrictModes no\nUsePAM no\nPasswordAuthentication"
            " no\nPidFile none\nPermitRootLogin yes\nMaxStartups 500\nAuthorizedKeysFile"
            f" {self.folder / 'authorized'}\nSetEnv HOME={self.folder}\nPrintMotd no\nPrintLastLog"
            " no\n"
        )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _keygen(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def _wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise NoFarm("the devices of the benchmark did not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
