"""A simulated network system: one interactive shell with a prompt, an echo and a misleading banner,
no exec channel."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import paramiko

BANNER = b"\r\n*** Lab router # do not log in $ ***\r\n"
PROMPT = b"r1#"


class _Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return (
            paramiko.common.AUTH_SUCCESSFUL if password == "secret" else paramiko.common.AUTH_FAILED
        )

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        return True


class Router:
    """Answers the commands it is given, line by line; those in `silent` it never answers."""

    def __init__(self, folder: Path, answers: dict[str, str]) -> None:
        self.answers, self.commands, self.silent = answers, list[str](), set[str]()
        self._key = paramiko.ECDSAKey.generate()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(
            f"[127.0.0.1]:{self.port} {self._key.get_name()} {self._key.get_base64()}\n"
        )
        self._transports: list[paramiko.Transport] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """End it and its logins."""
        self._listener.close()
        for transport in self._transports:
            transport.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(sock)
            transport.add_server_key(self._key)
            self._transports.append(transport)
            transport.start_server(server=_Door(), event=threading.Event())
            threading.Thread(target=self._serve, args=(transport,), daemon=True).start()

    def _serve(self, transport: paramiko.Transport) -> None:
        channel = transport.accept(10)
        if channel is None:
            return
        try:
            channel.sendall(BANNER + PROMPT)
            self._talk(channel)
        except (OSError, EOFError):
            return

    def _talk(self, channel: paramiko.Channel) -> None:
        line = b""
        while data := channel.recv(1):
            if data != b"\n":
                line += data
                continue
            command, line = line.strip().decode(), b""
            self.commands.append(command)
            if command not in self.silent:
                said = self.answers.get(command, "")
                channel.sendall(
                    f"{command}\r\n{said}".encode() + (b"\r\n" if said else b"") + PROMPT
                )
