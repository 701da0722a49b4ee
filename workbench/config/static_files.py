"""Stylesheets and scripts: compressed once, named by their content, kept by browsers as long as
that holds."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import StaticFile  # type: ignore[import-untyped]

FOREVER = "public, max-age=31536000, immutable"
TEXT = (".css", ".js", ".mjs", ".svg", ".json", ".txt", ".webmanifest")
WORTH_IT = 1000  # bytes: below that compression saves no packet


class VersionedFiles(StaticFilesStorage):
    """Where files were not collected: each address names the version of the content."""

    def url(self, name: str | None, *args: Any, **more: Any) -> str:
        """The address of a file, with its version."""
        address: str = super().url(name, *args, **more)
        path = finders.find(name) if name else None
        return f"{address}?v={version(str(path))}" if path else address


def version(path: str) -> str:
    """Which content does this file have? Short; the same for the same bytes."""
    found = os.stat(path)
    return _digest(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=2000)
def _digest(path: str, changed: int, size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves stylesheets and scripts; where they were not collected, straight from where they
    lie."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Take over a directory if it is there."""
        if os.path.isdir(root):
            super().add_files(root, prefix)

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        """A file with its compressed form beside it; what was collected has one already."""
        known = super().get_static_file(path, url, stat_cache=stat_cache)
        squeezed = compressed(path) if self.use_finders and not self.autorefresh else None
        if squeezed is None:
            return known
        headers = [one for one in known.alternatives[-1][2] if one[0] != "Content-Length"]
        return StaticFile(path, headers, encodings={"gzip": str(squeezed)})

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """The file; for good, where the address names its version."""
        response: HttpResponse = WhiteNoiseMiddleware.serve(static_file, request)
        if "v" in request.GET and response.status_code == 200:
            response["Cache-Control"] = FOREVER
        return response


def compressed(path: str) -> Path | None:
    """The file's compressed form, made once for each content. None = not worth it, or there is no
    place to keep it."""
    if not path.endswith(TEXT) or os.path.getsize(path) < WORTH_IT:
        return None
    kept = Path(settings.DATA_DIR) / "static" / f"{version(path)}.gz"
    try:
        if not kept.exists():
            _keep(kept, gzip.compress(Path(path).read_bytes(), mtime=0))
    except OSError:
        return None
    return kept


def _keep(place: Path, content: bytes) -> None:
    """Write it whole or not at all: several processes may begin at once."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(name, place)
