"""The first file of a bundle: what it is, where it is from, and what its files are."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from workbench.integrations.bundle.conforming import conforms
from workbench.integrations.bundle.refusal import BadBundle

NAME = "manifest.json"
FORMAT, VERSION = "bothways-incident", 1
LONGEST = 100_000  # bytes
LONGEST_NAME = 120  # characters of an installation's name that are kept


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file beside the manifest."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself."""

    format: str
    version: int
    installation: str  # the name of the host that made it; empty = it has none
    incident: int  # its number there
    title: str
    restricted: bool
    exported_at: str
    exported_by: str
    software: str  # the version of Bothways
    files: tuple[BundleFile, ...]

    @property
    def origin(self) -> str:
        """Where the incident is from, in words."""
        place = " ".join(self.installation.split())[:LONGEST_NAME] or "another installation"
        return f"{place}, incident {self.incident}"


def as_json(manifest: Manifest) -> bytes:
    """The manifest as its file."""
    return (json.dumps(asdict(manifest), indent=1, ensure_ascii=False) + "\n").encode()


def read_manifest(raw: bytes) -> Manifest:
    """The manifest in a file. Raises BadBundle."""
    said = strict_json(raw)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BadBundle("this is no incident that Bothways exported")
    if said.get("version") != VERSION:
        version = str(said.get("version"))[:20]
        raise BadBundle(f"the bundle has the format {version}; this installation reads {VERSION}")
    try:
        files = tuple(BundleFile(**one) for one in said["files"])
        manifest = Manifest(**{**said, "files": files})
    except (TypeError, KeyError):
        raise BadBundle("the manifest has other fields than it may have") from None
    if not conforms(manifest, Manifest):
        raise BadBundle("a field of the manifest is of another type than it may be")
    return manifest


def strict_json(raw: bytes) -> Any:
    """The value of a JSON text: no name twice, no number without an end. Raises BadBundle."""
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        raise BadBundle("holds a line that is no JSON") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number without an end")
    return value
