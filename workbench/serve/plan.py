"""What `demo` and `up` were asked for, and the environment that all their processes share."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from workbench.serve import ports
from workbench.serve.place import Place

MARK = "BOTHWAYS_SERVING"


@dataclass(frozen=True, slots=True)
class ServePlan:
    """One start."""

    command: str  # demo or up
    host: str
    port: int
    data: Path

    @property
    def place(self) -> Place:
        """Where it keeps its things."""
        return Place(self.data)

    @property
    def url(self) -> str:
        """Where the browser finds it."""
        return os.environ.get("BOTHWAYS_URL") or ports.url(self.host, self.port)

    @property
    def private_redis(self) -> Path | None:
        """The socket of the Redis that we start; None when another one was named."""
        return self.place.redis_socket if os.environ.get("REDIS_URL") == self._redis_url else None

    @property
    def _redis_url(self) -> str:
        return f"unix://{self.place.redis_socket}"

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What is added to the given environment; what the user set stays."""
        hosts = [*ports.names(self.host), urlsplit(given.get("BOTHWAYS_URL", "")).hostname]
        wanted = {
            "BOTHWAYS_DATA": str(self.data),
            "REDIS_URL": self._redis_url,
            "ALLOWED_HOSTS": ",".join(filter(None, hosts)),
            # two servers on one host must not share a login
            "BOTHWAYS_COOKIE": f"bothways_{self.port}",
            MARK: self.command,
        }
        return {
            name: value
            for name, value in wanted.items()
            if not (given.get(name) or given.get(f"{name}_FILE"))
        }

    def enter(self) -> None:
        """Start this very command again with the environment, since settings are read once, at the
        start."""
        if os.environ.get(MARK) == self.command:
            return
        os.environ.update(self.environment(os.environ))
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
