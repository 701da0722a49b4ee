"""Makes bundles, also such as nobody exports."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any

from django.contrib.auth.models import User

from workbench.incidents.models import Incident
from workbench.integrations import actions

Files = dict[str, bytes]


def bundle_of(incident: Incident, by: User | None = None) -> bytes:
    with actions.export_bundle(by, incident) as bundle:
        return bundle.read()


def files_in(bundle: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as packed:
        return {one.name: packed.extractfile(one).read() for one in packed}  # type: ignore[union-attr]


def lines(files: Files, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"{table}.jsonl"].splitlines()]


def packed(files: Files, **manifest: Any) -> io.BytesIO:
    """A bundle of these files, with a manifest that fits them."""
    head = json.loads(files["manifest.json"])
    head["files"] = [
        {
            "name": name,
            "rows": body.count(b"\n"),
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        for name, body in files.items()
        if name != "manifest.json"
    ]
    return in_tar({**files, "manifest.json": json.dumps(head | manifest).encode()})


def in_tar(files: Files, **more: Any) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.USTAR_FORMAT) as made:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            for key, value in more.items():
                setattr(info, key, value)
            made.addfile(info, io.BytesIO(body))
    return out


def with_line(files: Files, table: str, place: int, **change: Any) -> Files:
    """The same files with another line in one of them."""
    rows = lines(files, table)
    rows[place] |= change
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return {**files, f"{table}.jsonl": body}
