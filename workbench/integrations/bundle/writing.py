"""Writes an incident into a bundle."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings

from workbench.incidents.models import Incident
from workbench.integrations.bundle import manifest as manifests
from workbench.integrations.bundle.manifest import BundleFile, Manifest
from workbench.integrations.bundle.tables import TABLES, Table

AT_ONCE = 200  # rows in memory
HELD = 4_000_000  # bytes of a file that are held in memory


@dataclass(frozen=True, slots=True)
class Taken:
    """Who takes the incident along, and when."""

    by: str
    at: datetime


Numbers = dict[str, dict[int, int]]  # table -> key of a row -> its number in the bundle


def write_bundle(incident: Incident, taken: Taken) -> IO[bytes]:
    """The bundle of an incident, from its beginning. Call it in a transaction that holds the
    incident's row, so that nothing is added meanwhile. The same record gives the same files."""
    numbers: Numbers = {"runs": dict(incident.runs.values_list("pk", "number"))}
    out = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115 - the caller sends and closes it
    with ExitStack() as opened:
        files = [_lines_file(table, incident, numbers, opened) for table in TABLES]
        head = manifests.as_json(_manifest(incident, taken, tuple(one for one, _ in files)))
        # without the time of packing and the name of a file
        squeezed = opened.enter_context(gzip.GzipFile("", "wb", 6, out, mtime=0))
        with tarfile.open(fileobj=squeezed, mode="w", format=tarfile.USTAR_FORMAT) as packed:
            _add(packed, manifests.NAME, len(head), BytesIO(head))
            for one, lines in files:
                _add(packed, one.name, one.bytes, lines)
    out.seek(0)
    return out


def _manifest(incident: Incident, taken: Taken, files: tuple[BundleFile, ...]) -> Manifest:
    return Manifest(
        format=manifests.FORMAT,
        version=manifests.VERSION,
        installation=urlsplit(settings.PUBLIC_URL).hostname or "",
        incident=incident.pk,
        title=incident.title,
        restricted=incident.restricted,
        exported_at=taken.at.isoformat(),
        exported_by=taken.by,
        software=software(),
        files=files,
    )


def software() -> str:
    """The version of Bothways; empty = it runs from its source and says none."""
    try:
        return metadata.version("bothways")
    except metadata.PackageNotFoundError:
        return ""


def _lines_file(
    table: Table, incident: Incident, numbers: Numbers, opened: ExitStack
) -> tuple[BundleFile, IO[bytes]]:
    """The lines of a table, and what the manifest says of them."""
    lines: IO[bytes] = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115 - closed with the others
    opened.callback(lines.close)
    digest, rows = hashlib.sha256(), 0
    for line in _lines(table, incident, numbers):
        raw = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        digest.update(raw)
        lines.write(raw)
        rows += 1
    size = lines.tell()
    lines.seek(0)
    return BundleFile(table.file, rows, size, digest.hexdigest()), lines


def _lines(table: Table, incident: Incident, numbers: Numbers) -> Iterator[dict[str, Any]]:
    mine = numbers.setdefault(table.name, {})
    for place, row in enumerate(table.rows(incident).iterator(AT_ONCE), 1):
        mine[row.pk] = getattr(row, table.key) if table.key else place
        number = {"number": place} if table.counted else {}
        links = {
            one.name: numbers[one.table].get(getattr(row, one.attribute)) for one in table.links
        }
        yield number | links | {one.name: one.write(row) for one in table.columns}


def _add(packed: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    packed.addfile(info, content)
