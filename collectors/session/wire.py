"""How is a login opened, and a command run on it? Netmiko makes the connection; the only file that imports it."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from netmiko.linux.linux_ssh import LinuxSSH
from netmiko.ssh_dispatcher import CLASS_MAPPER
from paramiko import AuthenticationException, Channel, PKey, SSHClient, SSHException, Transport
from paramiko.ssh_exception import BadHostKeyException, IncompatiblePeer

from collectors.model.inventory import Device, Login
from collectors.session.hostkeys import HostKeyRefused, KnownKeys, Strict, changed, known_keys
from collectors.session.link import Link, LinkLost, LoginFailed, Raw, Stop
from collectors.session.secrets import private_key
from collectors.session.shell import NoShell
from collectors.session.shells import Shells

CONNECT_TIMEOUT = 8.0
CHUNK = 65536
STDERR_LIMIT = 65536
_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 4),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 2),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 10_000),
)
logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it prints tracebacks of what is reported as evidence here


class QuickSocket(socket.socket):
    """A socket without delayed acknowledgements: they cost 40 ms per round trip."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        if hasattr(socket, "TCP_QUICKACK"):
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return data


def quick_socket(host: str, port: int, timeout: float = CONNECT_TIMEOUT) -> socket.socket:
    """A connected socket without Nagle and delayed-ACK stalls that notices a dead peer within seconds."""
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = QuickSocket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            sock.connect(address)
            for level, option, value in _SOCKET_OPTIONS:
                if hasattr(socket, option):
                    sock.setsockopt(level, getattr(socket, option), value)
            return sock
        except OSError as error:
            sock.close()
            last = error
    raise last or OSError(f"no address for {host}")


class _Guarded:
    """What both kinds of login share: our host keys, our private key, our socket."""

    bothways_known: KnownKeys
    bothways_policy: Strict

    def _build_ssh_client(self) -> SSHClient:
        client = SSHClient()
        for key in self.bothways_known.keys:
            client.get_host_keys().add(self.bothways_known.name, key.get_name(), key)
        client.set_missing_host_key_policy(self.bothways_policy)
        return client


class _Exec(_Guarded, LinuxSSH):
    """A login without a terminal: each command gets a channel of its own."""

    def _open(self) -> None:
        self.remote_conn = None
        self.remote_conn_pre = self._build_ssh_client()
        self.remote_conn_pre.connect(**self._connect_params_dict())

    def cleanup(self, command: str = "") -> None:
        """Nothing to leave: there is no shell."""


def open_link(
    device: Device, login: Login, netmiko: str, exec_channel: bool, accept_new: bool, via: Link | None
) -> Link:
    """Log in to a device, through another one where `via` is given. Raises LoginFailed."""
    known = known_keys(login.host, login.port, login.known_hosts)
    policy = Strict(known, device.name, accept_new, login.accepted)
    with _said_plainly(device, login, known):
        sock: Any = _through(via, login) if via else quick_socket(login.host, login.port)
        try:
            made = _connect(device, login, netmiko, exec_channel, policy, sock)
        except BaseException:
            sock.close()
            raise
    return _checked(made, device, known)


def _connect(device: Device, login: Login, netmiko: str, exec_channel: bool, policy: Strict, sock: Any) -> Link:
    own = {"bothways_known": policy.known, "bothways_policy": policy}
    key = private_key(login)
    base = _Exec if exec_channel else _quiet(CLASS_MAPPER.get(netmiko))
    connection = type("Login", (base,), own)(**_parameters(login, netmiko, key, sock))
    return ExecLink(connection) if exec_channel else ShellLink(connection)


def _parameters(login: Login, netmiko: str, key: PKey | None, sock: Any) -> dict[str, Any]:
    any_key = key is None and not login.password
    return {
        "device_type": netmiko,
        "host": login.host,
        "port": login.port,
        "username": login.user,
        "password": login.password,
        "pkey": key,
        "use_keys": any_key,
        "allow_agent": any_key,
        "conn_timeout": CONNECT_TIMEOUT,
        "auth_timeout": CONNECT_TIMEOUT,
        "banner_timeout": CONNECT_TIMEOUT,
        "sock": sock,
    }


def _through(via: Link, login: Login) -> Channel:
    try:
        return via.transport.open_channel(
            "direct-tcpip", (login.host, login.port), ("127.0.0.1", 0), timeout=CONNECT_TIMEOUT
        )
    except SSHException as error:
        raise LoginFailed(f"the jump host cannot reach {login.host}:{login.port}: {error}") from None


def _checked(link: Link, device: Device, known: KnownKeys) -> Link:
    shown = link.transport.get_remote_server_key()
    if shown.fingerprint in known.revoked:
        link.close()
        raise LoginFailed(f"the host key of {device.name} is marked as revoked")
    return link


@contextmanager
def _said_plainly(device: Device, login: Login, known: KnownKeys) -> Iterator[None]:
    where = f"{login.user}@{login.host}:{login.port}"
    try:
        yield
    except (LoginFailed, HostKeyRefused) as error:
        raise LoginFailed(str(error)) from None
    except BadHostKeyException as error:
        raise LoginFailed(changed(device.name, known, error.key)) from None
    except AuthenticationException:
        raise LoginFailed(f"{where} refuses this login") from None
    except IncompatiblePeer as error:
        raise LoginFailed(
            f"{where} only speaks old SSH algorithms ({error}); install netmiko[par4] if it must be asked"
        ) from None
    except TimeoutError:
        raise LoginFailed(f"{where} does not answer within {CONNECT_TIMEOUT:.0f} s") from None
    except (SSHException, EOFError) as error:
        raise LoginFailed(f"{where} does not speak SSH as expected: {_first_line(error)}") from None
    except OSError as error:
        raise LoginFailed(f"{where} cannot be reached: {error.strerror or _first_line(error)}") from None
    except Exception as error:  # Netmiko's drivers raise many kinds
        raise LoginFailed(f"{where} cannot be logged in to: {_first_line(error)}") from None


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]


class _Link:
    """A login that Netmiko holds."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        transport = connection.remote_conn_pre.get_transport()
        assert isinstance(transport, Transport)
        self.transport = transport

    @property
    def alive(self) -> bool:
        return self.transport.is_active()

    def close(self) -> None:
        self.transport.close()
        self._connection.remote_conn_pre = None


class ExecLink(_Link):
    """Linux and its like: raw bytes, stderr apart, and an exit status."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._shells: Shells | None = Shells(self.transport)

    def run(self, command: bytes, timeout: float, limit: int, stop: Stop, alone: bool = False) -> Raw:
        """Send one command and read its answer. Raises LinkLost."""
        if self._shells is not None:
            try:
                return self._shells.run(command, timeout, limit, stop, alone)
            except NoShell:
                self._shells = None
        return self._by_itself(command, timeout, limit, stop)

    def prepare(self, count: int) -> None:
        """Be ready for so many long commands at once."""
        with suppress(NoShell, LinkLost):
            if self._shells is not None:
                self._shells.prepare(count)

    def _by_itself(self, command: bytes, timeout: float, limit: int, stop: Stop) -> Raw:
        """On a channel of its own."""
        end = time.monotonic() + timeout
        try:
            channel = self.transport.open_session(timeout=timeout)
        except (SSHException, EOFError, OSError):
            raise LinkLost("the connection was lost, or the device allows no more sessions") from None
        stop.watch(channel, channel.close)
        try:
            return _Reader(channel, lambda: self.alive, end, limit).run(command)
        except (SSHException, EOFError, OSError):
            raise LinkLost("the connection was lost") from None
        finally:
            stop.forget(channel)
            channel.close()


class _Reader:
    """Reads one channel to its end, its deadline or its limit."""

    def __init__(self, channel: Channel, alive: Callable[[], bool], end: float, limit: int) -> None:
        self.channel, self.alive, self.end, self.limit = channel, alive, end, limit
        self.out, self.err = bytearray(), bytearray()
        self.first: float | None = None

    def run(self, command: bytes) -> Raw:
        """Everything that the device says to one command."""
        self.channel.settimeout(self._left())
        sent = time.monotonic()
        try:
            self.channel.exec_command(command)
            self._read()
            finished = len(self.out) < self.limit and self.channel.status_event.wait(self._left())
        except TimeoutError:
            finished = False
        truncated = len(self.out) >= self.limit
        status = self.channel.exit_status if finished and self.channel.exit_status >= 0 else None
        if finished and status is None and not self.alive():
            raise EOFError
        return Raw(bytes(self.out[: self.limit]), bytes(self.err[:STDERR_LIMIT]), status, truncated,
                   not finished and not truncated, self.first, sent)  # fmt: skip

    def _read(self) -> None:
        while len(self.out) < self.limit and (data := self.channel.recv(CHUNK)):
            self.first = self.first or time.monotonic()
            self.out += data
            self._read_errors(wait=False)
            self.channel.settimeout(self._left())
        if len(self.out) < self.limit:
            self._read_errors(wait=True)

    def _read_errors(self, wait: bool) -> None:
        while (wait or self.channel.recv_stderr_ready()) and (data := self.channel.recv_stderr(CHUNK)):
            if len(self.err) < STDERR_LIMIT:
                self.err += data
            self.channel.settimeout(self._left())

    def _left(self) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _NoPolling:
    """Netmiko's own driver for a network system, waiting for data in place of sleeping and polling."""

    remote_conn: Any
    base_prompt: str
    RETURN: str
    _read_buffer: str
    _arrived: threading.Event | None = None

    def _try_session_preparation(self, force_data: bool = True) -> None:
        super()._try_session_preparation(force_data=False)  # type: ignore[misc]

    def _more(self, seconds: float) -> str | None:
        """What has arrived; None after so many seconds of silence."""
        if self._arrived is None:
            self._arrived = threading.Event()
            self.remote_conn.in_buffer.set_event(self._arrived)
        if not self._read_buffer and not self._arrived.wait(max(0.0, seconds)):
            return None
        new = str(self.read_channel())  # type: ignore[attr-defined]
        if not new and self.remote_conn.eof_received:
            raise EOFError("closed by the device")
        return new

    def read_until_pattern(
        self, pattern: str = "", read_timeout: float = 10.0, re_flags: int = 0, max_loops: int | None = None
    ) -> str:
        wanted, text, end = re.compile(pattern, re_flags), "", time.monotonic() + read_timeout
        while not (found := wanted.search(text)):
            if (new := self._more(end - time.monotonic())) is None:
                raise TimeoutError(f"no {pattern!r}")
            text += new
        self._read_buffer = text[found.end() :] + self._read_buffer
        return text[: found.end()]

    def clear_buffer(self, *_: object, **__: object) -> None:
        while self._more(0.05) is not None:
            pass

    def find_prompt(self, *_: object, **__: object) -> str:
        """The same last line twice: a banner with # cannot fool it."""
        seen = [""]
        while len(seen) < 9:
            self.clear_buffer()
            self.write_channel(self.RETURN)  # type: ignore[attr-defined]
            seen.append(self.read_until_pattern(r"[#>$%]\s*$", 20).strip().splitlines()[-1].strip())
            if seen[-1] == seen[-2]:
                self.clear_buffer()
                return seen[-1]
        raise TimeoutError("no stable prompt")

    def ask(self, command: str, timeout: float, limit: int) -> tuple[str, bool]:
        """One round trip, no sleep: the answer without echo and prompt, and whether it was cut at the limit."""
        prompt = re.compile(rf"\n[^\n]{{0,40}}{re.escape(self.base_prompt)}[^\n]{{0,40}}[#>$%]\s*$")
        self.write_channel(self.normalize_cmd(command))  # type: ignore[attr-defined]
        end = time.monotonic() + timeout
        self.read_until_pattern(re.escape(command), timeout)  # the echo comes first: drops stale prompts
        parts, tail, size = [], "", 0
        while not prompt.search(tail) and size < limit:
            if (new := self._more(end - time.monotonic())) is None:
                raise TimeoutError("no prompt after the command")
            parts.append(new)
            size, tail = size + len(new), (tail + new)[-300:]
        return str(self.strip_prompt("".join(parts))).removeprefix("\n"), size >= limit  # type: ignore[attr-defined]


def _quiet(driver: Any) -> Any:
    if driver is None:
        raise LoginFailed("Netmiko has no driver for this platform")
    return type("Quiet", (_Guarded, _NoPolling, driver), {})


class ShellLink(_Link):
    """Network systems: one shell, one command at a time, no exit status."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._turn = threading.Lock()

    def prepare(self, count: int) -> None:
        """There is one shell only."""

    def run(self, command: bytes, timeout: float, limit: int, stop: Stop, alone: bool = False) -> Raw:
        """Type one command and read up to the next prompt. Raises LinkLost."""
        with self._turn:
            sent = time.monotonic()
            try:
                text, cut = self._connection.ask(command.decode(), timeout, limit)
            except TimeoutError:
                self.close()  # what comes late would be read as the next answer
                return Raw(b"", timed_out=True, sent=sent)
            except (SSHException, EOFError, OSError):
                raise LinkLost("the connection was lost") from None
            if cut:
                self.close()
            return Raw(text.encode(), truncated=cut, first_byte=time.monotonic(), sent=sent)
