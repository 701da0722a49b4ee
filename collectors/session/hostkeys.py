"""Is this the device that we think it is? Host keys, checked strictly."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import hmac
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from paramiko import MissingHostKeyPolicy, PKey, SSHClient, SSHException
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

LARGEST_FILE = 20_000_000
_writing = threading.Lock()


class HostKeyRefused(SSHException):
    """The device's key is unknown, changed or revoked; the text says what to do."""


@dataclass(frozen=True)
class KnownKeys:
    """The keys that the files hold for one target."""

    name: str
    files: tuple[Path, ...]
    keys: tuple[PKey, ...] = ()
    revoked: tuple[str, ...] = ()


def target_name(host: str, port: int) -> str:
    """How known_hosts files call this target."""
    return host if port == 22 else f"[{host}]:{port}"


def known_keys(host: str, port: int, known_hosts: str | None) -> KnownKeys:
    """Which keys do the known_hosts files hold for this one target?"""
    files = _files(known_hosts)
    name = target_name(host, port)
    found = [entry for file in files for entry in _entries(file, name)]
    return KnownKeys(
        name,
        files,
        keys=tuple(key for marker, key in found if marker is None),
        revoked=tuple(key.fingerprint for marker, key in found if marker == "@revoked"),
    )


def _files(known_hosts: str | None) -> tuple[Path, ...]:
    if known_hosts:
        return (Path(known_hosts).expanduser(),)
    return (Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts"))


def _entries(file: Path, name: str) -> Iterator[tuple[str | None, PKey]]:
    """Reads only the lines of this target: a long file costs a quarter of a second otherwise."""
    for line in _lines(file):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else None
        if len(words) >= 3 and _names(words[0], name):
            key = _key(" ".join(words[:3]))
            if key is not None:
                yield marker, key


def _lines(file: Path) -> Iterable[str]:
    if not file.is_file():  # a pipe would never end
        return ()
    try:
        with file.open("rb") as handle:
            return handle.read(LARGEST_FILE).decode("utf-8", "replace").splitlines()
    except OSError:
        return ()


def _key(line: str) -> PKey | None:
    try:
        entry = HostKeyEntry.from_line(line)
    except (InvalidHostKey, SSHException, ValueError):
        return None
    key: PKey | None = entry.key if entry else None
    return key


def _names(patterns: str, name: str) -> bool:
    if patterns.startswith("|1|"):
        return _hashed(patterns, name)
    named = False
    for word in patterns.split(","):
        pattern = word.removeprefix("!")
        if not fnmatch.fnmatchcase(name, _literal(pattern)):
            continue
        if word.startswith("!"):
            return False
        named = True
    return named


def _literal(pattern: str) -> str:
    """`[127.0.0.1]:2203` has brackets of its own: only * and ? are wild in these files."""
    return pattern.replace("[", "[[]")


def _hashed(entry: str, name: str) -> bool:
    try:
        _, _, salt, digest = entry.split("|", 3)
        mac = hmac.new(base64.b64decode(salt), name.encode(), hashlib.sha1).digest()
        return hmac.compare_digest(mac, base64.b64decode(digest))
    except ValueError:
        return False


class Strict(MissingHostKeyPolicy):
    """Refuse an unknown key with its fingerprint, unless somebody accepted it, or new keys are
    accepted and kept."""

    def __init__(
        self, known: KnownKeys, device: str, accept_new: bool, accepted: tuple[str, ...] = ()
    ) -> None:
        self.known, self.device, self.accept_new, self.accepted = (
            known,
            device,
            accept_new,
            accepted,
        )

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> None:
        """What to do with a device whose key is in no file?"""
        if key.fingerprint in self.accepted:
            return
        if self.known.keys or self.accepted:
            raise HostKeyRefused(changed(self.device, self.known, key, self.accepted))
        if not self.accept_new:
            raise HostKeyRefused(
                f"the host key of {self.device} ({self.known.name}) is not known: {key.get_name()}"
                f" {key.fingerprint}; compare it with the device, then run again with"
                " --accept-new-host-keys to keep it"
            )
        remember(self.known, key)


def changed(device: str, known: KnownKeys, key: PKey, accepted: tuple[str, ...] = ()) -> str:
    """The sentence for a device that shows another key than the one on file."""
    expected = ", ".join((*(k.fingerprint for k in known.keys), *accepted)) or "none"
    where = known.files[0] if known.files else "known_hosts"
    return (
        f"THE HOST KEY OF {device} ({known.name}) HAS CHANGED: expected {expected}, it shows"
        f" {key.fingerprint}; nothing was sent to it; someone may be in between, and if the change"
        f" is legitimate remove the old line from {where}"
    )


def remember(known: KnownKeys, key: PKey) -> None:
    """Write a newly accepted key to the first known_hosts file; an unwritable file means: for this
    run only."""
    line = f"{known.name} {key.get_name()} {key.get_base64()}\n"
    with _writing:
        try:
            if known.files[0].exists() and not known.files[0].is_file():
                return
            known.files[0].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(known.files[0], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a") as handle:
                handle.write(line)
        except OSError:
            return
