"""Guessing passwords gets slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from workbench.config.throttle import TRIES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def attempt(password: str, address: str = "192.0.2.7", name: str = "rita") -> int:
    client = Client(REMOTE_ADDR=address)
    return client.post("/login", {"username": name, "password": password}).status_code


def test_after_some_failures_an_address_has_to_wait() -> None:
    User.objects.create_user("rita", password="correct horse battery")
    assert [attempt("guess") for _ in range(TRIES)] == [200] * TRIES
    assert attempt("correct horse battery") == 429
    assert attempt("correct horse battery", "192.0.2.8") == 302


def test_a_login_forgives_what_was_mistyped() -> None:
    User.objects.create_user("rita", password="correct horse battery")
    for _ in range(2):
        assert [attempt("typo") for _ in range(TRIES - 1)] == [200] * (TRIES - 1)
        assert attempt("correct horse battery") == 302


def test_a_login_of_ones_own_buys_no_more_guesses_for_another() -> None:
    User.objects.create_user("rita", password="correct horse battery")
    User.objects.create_user("mallory", password="an honest password")
    for _ in range(2):
        for _ in range(TRIES // 2):
            attempt("guess")
        assert attempt("an honest password", name="mallory") == 302
    assert attempt("correct horse battery") == 429


def test_who_guesses_for_one_name_does_not_lock_out_the_others() -> None:
    User.objects.create_user("mallory", password="an honest password")
    for _ in range(TRIES):
        attempt("guess")
    assert attempt("an honest password", name="mallory") == 302
