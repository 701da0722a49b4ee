"""What goes over the wire is compressed, kept by browsers as long as it holds, and gives no secret
away by its length."""

from __future__ import annotations

import gzip
import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.templatetags.static import static
from django.test import Client

ZIPPED = {"HTTP_ACCEPT_ENCODING": "gzip, br"}
PLOTLY = "vendor/plotly-basic-4.1.1.min.js"


def test_the_drawing_library_is_compressed_and_kept() -> None:
    answer = Client().get(static(PLOTLY), **ZIPPED)
    content = b"".join(answer)  # type: ignore[arg-type]
    assert answer["Content-Encoding"] == "gzip"
    assert int(answer["Content-Length"]) == len(content) < 420_000
    assert len(gzip.decompress(content)) > 1_000_000
    assert "immutable" in answer["Cache-Control"]


def test_a_browser_without_compression_gets_the_file_itself() -> None:
    answer = Client().get(static("bothways.css"))
    content = b"".join(answer)  # type: ignore[arg-type]
    assert "Content-Encoding" not in answer
    assert b"--page" in content and int(answer["Content-Length"]) == len(content)


@pytest.mark.django_db  # closing an answer looks after the connections
def test_an_address_without_a_version_is_not_kept_for_good() -> None:
    address, _, version = static("page.js").partition("?v=")
    assert re.fullmatch("[0-9a-f]{12}", version)
    answer = Client().get(address, **ZIPPED)
    assert "immutable" not in answer["Cache-Control"]
    answer.close()


@pytest.mark.django_db
def test_pages_are_compressed_and_their_length_says_nothing() -> None:
    """The token of the form is masked anew in each answer, and a random length is added: an answer's
    size does not tell what is in it."""
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    answers = [client.get("/playbook", **ZIPPED) for _ in range(12)]
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) > 1
    pages = [gzip.decompress(answer.content).decode() for answer in answers]
    tokens = {re.search('data-csrf="([^"]+)"', page)[1] for page in pages}  # type: ignore[index]
    assert len(tokens) == len(answers)


def test_the_order_is_static_files_then_pages() -> None:
    """Static files have their compressed form already; the policy is on everything."""
    order = [name.rsplit(".", 1)[1] for name in settings.MIDDLEWARE]
    assert order.index("SecurityHeaders") < order.index("StaticFiles")
    assert order.index("StaticFiles") < order.index("GZipMiddleware")
