"""A phone can keep Bothways among its programs: what it reads for that is there, for everybody."""

from __future__ import annotations

import io
import json
import re
from urllib.parse import urljoin

import pytest
from django.test import Client
from PIL import Image

pytestmark = pytest.mark.django_db


def fetched(address: str) -> bytes:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    content = b"".join(answer)  # type: ignore[arg-type]
    answer.close()
    return content


def linked(rel: str) -> str:
    """The address that the page of the login names for it."""
    page = Client().get("/login").content.decode()
    found = re.search(rf'<link rel="{rel}" href="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_manifest_opens_the_list_as_a_program() -> None:
    manifest = json.loads(fetched(linked("manifest")))
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert manifest["display"] == "standalone"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_browsers_take_it_for_a_manifest() -> None:
    answer = Client().get(linked("manifest"))
    assert answer["Content-Type"].startswith("application/manifest+json")
    answer.close()


def test_each_icon_is_there_in_its_size() -> None:
    address = linked("manifest")
    icons = json.loads(fetched(address))["icons"]
    drawn = [icon for icon in icons if icon["type"] == "image/png"]
    assert len(drawn) == 3
    for icon in icons:
        content = fetched(urljoin(address, icon["src"]))
        if icon in drawn:
            size = Image.open(io.BytesIO(content)).size
            assert icon["sizes"] == "x".join(map(str, size))


def test_the_icon_for_other_phones_is_there() -> None:
    assert Image.open(io.BytesIO(fetched(linked("apple-touch-icon")))).size == (180, 180)
