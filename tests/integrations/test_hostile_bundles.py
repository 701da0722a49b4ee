"""A bundle that somebody made to do harm is refused in words, and nothing of it is written."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.integrations.bundles import bundle_of, files_in, in_tar, lines, packed, with_line
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, EvidenceRow, Image, Incident, Run
from workbench.integrations import actions
from workbench.integrations.bundle import reading

pytestmark = pytest.mark.django_db


def refused(raw: io.BytesIO, why: str) -> None:
    before = [model.objects.count() for model in (Incident, Event, Run, EvidenceRow, Image)]
    with pytest.raises(ActionRefused, match=why) as caught:
        actions.import_bundle(None, raw)
    assert str(caught.value).startswith("Nothing was imported")
    after = [model.objects.count() for model in (Incident, Event, Run, EvidenceRow, Image)]
    assert before == after


def test_what_is_no_bundle_is_refused(whole: Incident) -> None:
    bundle = bundle_of(whole)
    refused(io.BytesIO(b""), "no .tar.gz")
    refused(io.BytesIO(b"PK\x03\x04" * 100), "no .tar.gz")
    refused(io.BytesIO(gzip.compress(b"x" * 5000)), "no .tar.gz")
    refused(io.BytesIO(bundle[: len(bundle) // 2]), "no .tar.gz")
    refused(in_tar({"readme": b"hello"}), "no incident that Bothways exported")


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "events.jsonl/x", "sub/events.jsonl", "extra.jsonl"]
)
def test_files_by_exact_names_only(whole: Incident, name: str) -> None:
    refused(packed({**files_in(bundle_of(whole)), name: b"x"}), "does not belong there")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, b"x", b"L"])
def test_no_links_no_devices_no_long_names(whole: Incident, kind: bytes) -> None:
    refused(in_tar(files_in(bundle_of(whole)), type=kind, linkname="/etc/passwd"), "no plain file")


def test_a_file_twice_is_refused(whole: Incident) -> None:
    files = files_in(bundle_of(whole))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.USTAR_FORMAT) as made:
        for name in [*files, "events.jsonl"]:
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            made.addfile(info, io.BytesIO(files[name]))
    refused(out, "does not belong there")


def test_a_bomb_is_not_unpacked(whole: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_UNPACKED", 1_000_000)
    files = {**files_in(bundle_of(whole)), "events.jsonl": b"\0" * 2_000_000}
    refused(packed(files), "unpacks to more")


def test_a_file_too_large_is_not_opened(whole: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)
    refused(io.BytesIO(bundle_of(whole)), "at most")


def test_what_was_altered_is_refused(whole: Incident) -> None:
    files = files_in(bundle_of(whole))
    events = files["events.jsonl"].replace(b"checkout", b"Checkout")
    refused(in_tar({**files, "events.jsonl": events}), "not the one that was exported")
    del files["items.jsonl"]
    refused(in_tar(files), "a file of the bundle is missing")
    del files["incident.jsonl"]
    refused(packed(files), "must be one incident")


def test_a_format_that_is_not_known_is_refused(whole: Incident) -> None:
    refused(packed(files_in(bundle_of(whole)), version=2), "has the format 2")


HOSTILE: dict[str, tuple[str, int, dict[str, Any], str]] = {
    "a column of a newer version": ("runs", 0, {"mood": "good"}, "'mood' that this version"),
    "a text where a number belongs": ("runs", 0, {"number": "1"}, "no whole number"),
    "true for a number": ("runs", 0, {"number": True}, "no whole number"),
    "a number out of range": ("incident", 0, {"sport": -1}, "refused"),
    "a kind of event that is not known": ("events", 0, {"kind": "exploded"}, "does not know"),
    "an event that has no words": ("events", -3, {"kind": "pinned", "payload": {}}, "payload"),
    "an event at another place": ("events", 1, {"seq": 7}, "another place"),
    "a time without a zone": ("runs", 0, {"started_at": "2026-01-01T00:00:00"}, "no time"),
    "a time after time": ("runs", 0, {"started_at": "9999-12-31T23:59:59+00:00"}, "no time"),
    "a script as link": ("incident", 0, {"links": ["javascript:alert(1)"]}, "shape"),
    "a script as link of an item": ("items", 0, {"link": "javascript:alert(1)"}, "refused"),
    "ftp as link of an item": ("items", 0, {"link": "ftp://x.example/"}, "none of the web"),
    "an address that is none": ("incident", 0, {"src": "x"}, "refused"),
    "a run that still runs": ("runs", 0, {"state": "running"}, "not ended"),
    "a run that is not there": ("evidence", 0, {"run": 9}, "not in it"),
    "a command that is not there": ("results", 0, {"command": 9999}, "not in it"),
    "a title too long": ("incident", 0, {"title": "x" * 201}, "refused"),
    "findings of a class of ours": (
        *("runs", 0, {"findings": {"renamings": 4, "kept": {"$": "Flow"}}}),
        "cannot read",
    ),
    "records with a text for a number": (
        *("evidence", 0),
        {"records": {"renamings": 4, "kept": [{"$": "Counter", "name": 7, "value": "x"}]}},
        "cannot read",
    ),
    "no class at all": (
        *("evidence", 0, {"records": {"renamings": 4, "kept": [{"$": "os.system"}]}}),
        "cannot read",
    ),
    "a verdict that cannot be shown": ("runs", 0, {"verdict": {"root_cause": 1}}, "shape"),
    "a picture that cannot be drawn": ("runs", 0, {"picture": {"flow": "x"}}, "shape"),
    "no base64": ("evidence", 0, {"stdout": "<script>"}, "no base64"),
    "an image that is none": ("images", 0, {"data": "PHN2Zz4="}, "no image"),
}


@pytest.mark.parametrize(("table", "place", "change", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_line_that_cannot_be_is_refused(
    whole: Incident, table: str, place: int, change: dict[str, Any], why: str
) -> None:
    refused(packed(with_line(files_in(bundle_of(whole)), table, place, **change)), why)


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"1", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000, b'{"a":1,"a":2}', b"\xff"],
)
def test_strict_json_only(whole: Incident, line: bytes) -> None:
    files = files_in(bundle_of(whole))
    refused(packed({**files, "review.jsonl": line + b"\n"}), "review.jsonl, line 1")


def test_too_many_lines_are_refused(whole: Incident) -> None:
    files = files_in(bundle_of(whole))
    refused(packed({**files, "review.jsonl": files["review.jsonl"] * 2}), "more than 1 lines")


def test_images_are_written_anew(whole: Incident) -> None:
    import base64

    files = files_in(bundle_of(whole))
    image = base64.b64decode(lines(files, "images")[0]["data"]) + b"<script>alert(1)</script>"
    data = base64.b64encode(image).decode()
    there = actions.import_bundle(None, packed(with_line(files, "images", 0, data=data)))
    kept = Image.objects.get(incident=there)
    assert b"script" not in bytes(kept.data)
    assert kept.digest == hashlib.sha256(bytes(kept.data)).hexdigest()


def test_imported_text_is_as_hostile_as_a_device(
    whole: Incident, browse: Callable[[str], Client]
) -> None:
    files = with_line(files_in(bundle_of(whole)), "incident", 0, title="<script>alert(1)</script>")
    there = actions.import_bundle(None, packed(files))
    page = browse("viewer").get(f"/incidents/{there.pk}").content
    assert b"<script>alert(1)" not in page and b"&lt;script&gt;alert(1)" in page
