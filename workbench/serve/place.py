"""Where one installation keeps its things, and that only one at a time serves from there."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from zlib import crc32

from workbench.serve.refusal import StartRefused

SOCKET_LIMIT = 100  # the kernel takes 108 bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A data directory: database, keys, logs, and the lock of whoever serves from it."""

    data: Path

    def prepare(self) -> None:
        """Make the directory, readable by its owner only. Raises Refusal when that cannot be."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.data / "logs").mkdir(mode=0o700, exist_ok=True)
            self._close_database()
            (self.data / ".writable").write_bytes(b"")
        except OSError as error:
            raise StartRefused(
                f"cannot write in {self.data} ({error.strerror}); "
                "name a directory that you may write: BOTHWAYS_DATA=/some/directory ./bothways ..."
            ) from None

    def _close_database(self) -> None:
        """What another command made before, with the permissions that files usually get: it holds
        the sessions."""
        for file in self.data.glob("*.sqlite3*"):
            file.chmod(0o600)

    @contextmanager
    def claimed(self, url: str) -> Iterator[None]:
        """Serve from here alone; a second one learns where the first one is."""
        with (self.data / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StartRefused(self._taken()) from None
            self._running.write_text(json.dumps({"url": url, "pid": os.getpid()}))
            try:
                yield
            finally:
                self._running.unlink(missing_ok=True)

    @property
    def _running(self) -> Path:
        return self.data / "running.json"

    def _taken(self) -> str:
        try:
            first = json.loads(self._running.read_text())
        except (OSError, ValueError):
            return (
                f"another Bothways is starting or ending with the data in {self.data}; try again in"
                " a moment"
            )
        return (
            f"Bothways is running already with the data in {self.data}: {first['url']} (process"
            f" {first['pid']}); end it with Ctrl-C, or give this one another BOTHWAYS_DATA and"
            " --port"
        )

    @property
    def redis_socket(self) -> Path:
        """A path short enough for a Unix socket, in a directory that only this user can enter."""
        near = self.data / "redis.sock"
        if len(os.fsencode(near)) <= SOCKET_LIMIT:
            return near
        name = f"bothways-{os.getuid()}-{crc32(os.fsencode(self.data)):08x}"
        return Path(os.environ.get("XDG_RUNTIME_DIR") or gettempdir()) / name / "redis.sock"


def private(folder: Path) -> None:
    """Make the folder, or see that it is ours alone. Raises Refusal."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seen = folder.lstat()
    if seen.st_uid != os.getuid() or seen.st_mode & 0o022:
        raise StartRefused(
            f"others may write in {folder}; make it yours alone (chmod 700), or name another"
            " BOTHWAYS_DATA"
        )
