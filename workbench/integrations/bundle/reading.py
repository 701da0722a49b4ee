"""Reads a bundle that somebody brings, as hostile as what a device prints.

Nothing here writes into the database: the files are taken out one by one under exact names, bounded
while they are read, compared with their digests, and every line is judged.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from workbench.integrations.bundle import manifest as manifests
from workbench.integrations.bundle.columns import ABSENT
from workbench.integrations.bundle.manifest import BundleFile, Manifest, strict_json
from workbench.integrations.bundle.refusal import BadBundle
from workbench.integrations.bundle.tables import EVENTS, INCIDENT, TABLES, Table

MOST_BYTES = 200_000_000  # of the file as it comes
MOST_UNPACKED = 2_000_000_000  # of everything in it
LONGEST_LINE = 100_000_000  # one answer of a device, with its output
BLOCK = tarfile.BLOCKSIZE
CHUNK = 1 << 16

Values = dict[str, Any]  # attribute of a row -> value; of a link: its number in the bundle


class OpenBundle:
    """A bundle that was taken apart into a directory of its own and is what its manifest says. Its
    lines are not judged yet. Raises BadBundle."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="bothways-bundle-")
        try:
            self.manifest, found = _taken_apart(raw, Path(self._place.name))
            _compare(self.manifest, found)
        except BaseException:
            self._place.cleanup()
            raise

    def __enter__(self) -> OpenBundle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._place.cleanup()

    def rows(self, table: Table) -> Iterator[Values]:
        """The rows of a table, each judged. Raises BadBundle."""
        path = Path(self._place.name) / table.file
        if not path.exists():  # a table that came after the version that wrote the bundle
            return
        with path.open("rb") as lines:
            for place, raw in enumerate(_bounded(lines), 1):
                if place > table.most:
                    raise BadBundle(f"{table.file} has more than {table.most} lines")
                yield _values(table, place, raw)

    def check(self) -> None:
        """Judge every line, and that they fit together. Raises BadBundle."""
        counts = {table.name: sum(1 for _ in self.rows(table)) for table in TABLES}
        if counts[INCIDENT.name] != 1:
            raise BadBundle("there must be one incident in it")
        for place, event in enumerate(self.rows(EVENTS), 1):
            if event["seq"] != place:
                raise BadBundle(f"event {place} is missing or stands at another place")
        if next(self.rows(INCIDENT))["last_seq"] != counts[EVENTS.name]:
            raise BadBundle("the last event is missing")


def _taken_apart(raw: IO[bytes], place: Path) -> tuple[Manifest, dict[str, BundleFile]]:
    """The manifest, and what each file beside it really is."""
    raw.seek(0, 2)
    if raw.tell() > MOST_BYTES:
        raise BadBundle(f"a bundle has at most {MOST_BYTES // 1_000_000} MB")
    raw.seek(0)
    try:
        return _members(GzipFile(fileobj=raw), place)
    except (BadGzipFile, EOFError, zlib.error, tarfile.HeaderError):
        raise BadBundle("this is no .tar.gz, or a part of it is missing") from None


def _members(packed: GzipFile, place: Path) -> tuple[Manifest, dict[str, BundleFile]]:
    head = _header(packed)
    if head is None or head.name != manifests.NAME or head.size > manifests.LONGEST:
        raise BadBundle("this is no incident that Bothways exported")
    manifest = manifests.read_manifest(_read(packed, head.size))
    packed.read(-head.size % BLOCK)
    wanted = {table.file for table in TABLES}
    found: dict[str, BundleFile] = {}
    left = MOST_UNPACKED
    while (info := _header(packed)) is not None:
        left -= info.size
        if info.name not in wanted or info.name in found:
            raise BadBundle(f"there is a file {info.name[:60]!r} in it that does not belong there")
        if left < 0:
            raise BadBundle(f"it unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
        found[info.name] = _keep(packed, info, place / info.name)
    return manifest, found


def _header(packed: GzipFile) -> tarfile.TarInfo | None:
    """The next plain file; None = the end. Read here, and not by `tarfile` itself: that follows
    links, and headers that say how long other headers are."""
    block = packed.read(BLOCK)
    if len(block) < BLOCK:
        raise EOFError
    if block.count(0) == BLOCK:
        return None
    info = tarfile.TarInfo.frombuf(block, "utf-8", "strict" if block.isascii() else "replace")
    if info.type != tarfile.REGTYPE or info.size < 0:
        raise BadBundle(f"{info.name[:60]!r} in it is no plain file")
    return info


def _keep(packed: GzipFile, info: tarfile.TarInfo, path: Path) -> BundleFile:
    digest, lines, left = hashlib.sha256(), 0, info.size
    with path.open("xb") as out:
        while left:
            chunk = _read(packed, min(left, CHUNK))
            left -= len(chunk)
            lines += chunk.count(b"\n")
            digest.update(chunk)
            out.write(chunk)
    packed.read(-info.size % BLOCK)
    return BundleFile(info.name, lines, info.size, digest.hexdigest())


def _read(packed: GzipFile, size: int) -> bytes:
    chunk = packed.read(size)
    if len(chunk) < size:
        raise EOFError
    return chunk


def _compare(manifest: Manifest, found: dict[str, BundleFile]) -> None:
    if sorted(manifest.files, key=lambda one: one.name) != sorted(
        found.values(), key=lambda one: one.name
    ):
        raise BadBundle("a file of the bundle is missing, or not the one that was exported")


def _bounded(lines: IO[bytes]) -> Iterator[bytes]:
    while raw := lines.readline(LONGEST_LINE + 1):
        if len(raw) > LONGEST_LINE or not raw.endswith(b"\n"):
            raise BadBundle("a line of the bundle is too long or has no end")
        yield raw


def _values(table: Table, place: int, raw: bytes) -> Values:
    """One line as the values of a row."""
    try:
        said = strict_json(raw)
        if not isinstance(said, dict):
            raise BadBundle("is no object")
        unknown = [name for name in said if name not in table.names]
        if unknown:
            raise BadBundle(f"has a column {unknown[0][:40]!r} that this version does not know")
        return table.judged(
            _columns(table, said) | _links(table, said) | _number(table, said, place)
        )
    except BadBundle as error:
        raise BadBundle(f"{table.file}, line {place}: {error}") from None


def _columns(table: Table, said: dict[str, Any]) -> Values:
    values = {}
    for column in table.columns:
        if column.name not in said and column.default is not ABSENT:
            values[column.attribute] = column.default
            continue
        try:
            values[column.attribute] = column.read(said.get(column.name))
        except BadBundle as error:
            raise BadBundle(f"{column.name} {error}") from None
    return values


def _links(table: Table, said: dict[str, Any]) -> Values:
    values = {}
    for link in table.links:
        number = said.get(link.name)
        fits = (number is None and link.null) or (type(number) is int and number >= 1)
        if not fits:
            raise BadBundle(f"{link.name} is no number of a row")
        values[link.attribute] = number
    return values


def _number(table: Table, said: dict[str, Any], place: int) -> Values:
    if table.counted and said.get("number") != place:
        raise BadBundle("number is not the line's own")
    return {}
