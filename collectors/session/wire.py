"""How is a login opened? Netmiko makes the connection; the only file that imports it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netmiko.linux.linux_ssh import LinuxSSH
from netmiko.ssh_dispatcher import CLASS_MAPPER
from paramiko import AuthenticationException, Channel, PKey, SSHClient, SSHException
from paramiko.ssh_exception import BadHostKeyException, IncompatiblePeer

from collectors.model.inventory import Device, Login
from collectors.model.platform import Platform
from collectors.session.exec_link import ExecLink
from collectors.session.hostkeys import HostKeyRefused, KnownKeys, Strict, changed, known_keys
from collectors.session.link import Link, LoginFailed
from collectors.session.secrets import private_key
from collectors.session.sockets import CONNECT_TIMEOUT, quick_socket
from collectors.session.typed_link import NoPolling, TypedLink

# it prints tracebacks of what is reported as evidence here
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


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
    device: Device, login: Login, platform: Platform, accept_new: bool, via: Link | None
) -> Link:
    """Log in to a device, through another one where `via` is given. Raises LoginFailed."""
    known = known_keys(login.host, login.port, login.known_hosts)
    policy = Strict(known, device.name, accept_new, login.accepted)
    with _said_plainly(device, login, known):
        sock: Any = _through(via, login) if via else quick_socket(login.host, login.port)
        try:
            made = _connect(login, platform, policy, sock)
        except BaseException:
            sock.close()
            raise
    return _checked(made, device, known)


def _connect(login: Login, platform: Platform, policy: Strict, sock: Any) -> Link:
    own = {"bothways_known": policy.known, "bothways_policy": policy}
    key = private_key(login)
    base = _Exec if platform.exec_channel else _quiet(CLASS_MAPPER.get(platform.netmiko))
    connection = type("Login", (base,), own)(**_parameters(login, platform.netmiko, key, sock))
    if not platform.exec_channel:
        return TypedLink(connection)
    elevation = platform.login.elevation
    return ExecLink(connection, elevation.shell if elevation else None)


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
        raise LoginFailed(
            f"the jump host cannot reach {login.host}:{login.port}: {error}"
        ) from None


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
            f"{where} only speaks old SSH algorithms ({error}); install netmiko[par4] if it must be"
            " asked"
        ) from None
    except TimeoutError:
        raise LoginFailed(f"{where} does not answer within {CONNECT_TIMEOUT:.0f} s") from None
    except (SSHException, EOFError) as error:
        raise LoginFailed(f"{where} does not speak SSH as expected: {_first_line(error)}") from None
    except OSError as error:
        raise LoginFailed(
            f"{where} cannot be reached: {error.strerror or _first_line(error)}"
        ) from None
    except Exception as error:  # Netmiko's drivers raise many kinds
        raise LoginFailed(f"{where} cannot be logged in to: {_first_line(error)}") from None


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]


def _quiet(driver: Any) -> Any:
    if driver is None:
        raise LoginFailed("Netmiko has no driver for this platform")
    return type("Quiet", (_Guarded, NoPolling, driver), {})
