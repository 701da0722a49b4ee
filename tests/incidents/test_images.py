"""Images in notes: decoded and written anew, and nothing else of the file is kept."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.incidents.conftest import person
from workbench.incidents import actions, pictures
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Image, Incident
from workbench.incidents.roles import NotAllowed


def png(width: int = 40, height: int = 20, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Pillow.new(mode, (width, height), "red" if mode == "RGB" else 0).save(out, "PNG")
    return out.getvalue()


def photo() -> bytes:
    """A JPEG that says where it was made."""
    out = io.BytesIO()
    tags = Pillow.Exif()
    tags[0x010F] = "secret-camera"
    Pillow.new("RGB", (30, 30), "blue").save(out, "JPEG", exif=tags, comment=b"secret-place")
    return out.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims a huge picture."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return png()[:8] + body + png()[33:]


def test_only_the_pixels_are_kept() -> None:
    found = pictures.cleaned(photo())
    assert (found.content_type, found.width, found.height) == ("image/jpeg", 30, 30)
    assert b"secret" in photo() and b"secret" not in found.data


def test_what_hides_behind_an_image_is_gone() -> None:
    found = pictures.cleaned(png() + b"<script>alert(1)</script>")
    assert b"script" not in found.data


def test_a_large_image_is_made_smaller() -> None:
    found = pictures.cleaned(png(4800, 1200))
    assert (found.width, found.height) == (2400, 600)


HOSTILE = {
    "nothing": b"",
    "a text": b"GIF89a but not really",
    "a page": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "cut in the middle": png(400, 400)[:60],
    "more pixels than any screen": claims(60_000, 60_000),
    "wide beyond reason": claims(2**31 - 1, 1),
    "too many bytes": b"\x89PNG" + bytes(pictures.MOST_BYTES),
    "a format that is not taken": b"II*\x00" + bytes(200),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_image_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(pictures.NotAnImage, match=r"image|PNG"):
        pictures.cleaned(raw)


@pytest.mark.django_db
def test_the_same_image_is_kept_once_in_an_incident(incident: Incident, responder: Any) -> None:
    first = actions.add_image(responder, incident, png())
    again = actions.add_image(responder, incident, png())
    other = actions.add_image(responder, incident, png(50))
    assert (first.number, again.number, other.number) == (1, 1, 2)


@pytest.mark.django_db
def test_an_incident_holds_so_many_images(
    incident: Incident, responder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions.images, "MOST", 1)
    actions.add_image(responder, incident, png())
    with pytest.raises(ActionRefused, match="holds 1 images"):
        actions.add_image(responder, incident, png(50))


@pytest.mark.django_db
def test_a_viewer_adds_none(incident: Incident) -> None:
    with pytest.raises(NotAllowed):
        actions.add_image(person("vera", "viewer"), incident, png())
    assert not Image.objects.exists()
