"""What every answer carries."""

from __future__ import annotations

import pytest
from django.test import Client

EXPECTED = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/login", "/health", "/api/incidents", "/nowhere", "/admin/login/"]
)
def test_the_policy_is_strict_everywhere(address: str) -> None:
    response = Client().get(address)
    parts = (
        part.strip().partition(" ")
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert {name: value for name, _, value in parts} == EXPECTED
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_a_stranger_s_host_is_refused() -> None:
    assert Client().get("/health", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.django_db
def test_health_says_only_whether_it_serves() -> None:
    assert Client().get("/health").json() == {"database": "ok"}
