"""A token that is good for one thing opens nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.api.test_api import Program
from workbench.api.models import ApiToken
from workbench.api.tokens import EVERYTHING, OPENS
from workbench.integrations.models import Change

pytestmark = pytest.mark.django_db
CHANGE = {"source": "ansible", "device": "fw-b", "summary": "policy 42"}
METHODS = ("get", "post", "put", "patch", "delete", "options", "head")


def scoped(person: Any, scope: str) -> Program:
    program = Program(person)
    program._token = ApiToken.issue(person, scope, scope)
    return program


def addresses() -> Iterator[tuple[str, str]]:
    """Every address of the API, with its view's name."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace == "api":
            for pattern in entry.url_patterns:
                assert isinstance(pattern, URLPattern)
                text = re.sub(r"<(\w+):\w+>", r"{\1}", str(pattern.pattern))
                text = text.replace("{int}", "1").replace("{str}", "x").replace("{slug}", "x")
                yield f"/api/{re.sub('<.*?>', 'x', text)}", f"api:{pattern.name}"


def test_every_scope_is_known() -> None:
    assert set(OPENS) | {EVERYTHING} == set(ApiToken.Scope.values)
    known = {name for _, name in addresses()}
    assert known >= {name for opened in OPENS.values() for _, name in opened}


@pytest.mark.parametrize("scope", sorted(OPENS))
def test_a_scoped_token_opens_its_own_addresses_only(scope: str) -> None:
    boss = User.objects.create_superuser("boss")
    headers = {"Authorization": f"Bearer {ApiToken.issue(boss, scope, scope)}"}
    client, refused, let_in = Client(), 0, set()
    for address, name in addresses():
        for method in METHODS:
            answer = getattr(client, method)(address, headers=headers)
            if (method.upper(), name) in OPENS[scope]:
                assert answer.status_code == 400, (method, address)  # an empty body
                let_in.add(name)
                continue
            assert answer.status_code == 403, (method, address, answer.status_code)
            refused += 1
    assert refused > 200 and let_in == {name for _, name in OPENS[scope]}


def test_a_scoped_token_opens_no_page(responder: Any) -> None:
    headers = {"Authorization": f"Bearer {ApiToken.issue(responder, 'ci', 'changes')}"}
    assert Client().get("/", headers=headers).status_code == 302


def test_a_token_for_changes_reports_one(responder: Any) -> None:
    token = scoped(responder, "changes")
    told = token.post("changes", **CHANGE, at="2026-11-30T02:07Z", commands=["set policy 42"])
    assert told.status_code == 201 and told.json()["new"] is True
    again = token.post("changes", **CHANGE, at="2026-11-30T02:07Z")
    assert (again.status_code, again.json()["new"]) == (200, False)
    assert again.json()["commands"] == ["set policy 42"]
    assert Change.objects.get().reported_by == responder


def test_a_scope_gives_no_more_than_its_person_may(viewer: Any) -> None:
    assert scoped(viewer, "changes").post("changes", **CHANGE).status_code == 403
    assert not Change.objects.exists()


def test_the_command_makes_a_token_for_one_thing(responder: Any, capsys: Any) -> None:
    call_command("make_token", "rita", "ci", "--only", "changes")
    token = capsys.readouterr().out.strip()
    made = ApiToken.objects.get(digest=ApiToken.digest_of(token))
    assert (made.scope, made.person) == ("changes", responder)


def test_the_administration_makes_one_and_shows_it_once(responder: Any) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    fields = {"name": "ci", "person": responder.pk, "scope": "hooks"}
    page = client.post("/admin/api/apitoken/add/", fields, follow=True).content.decode()
    found = re.search(r"bw_[\w-]{43}", page)
    assert found
    row = ApiToken.objects.get(digest=ApiToken.digest_of(found[0]))
    assert (row.scope, row.person) == ("hooks", responder)
    assert found[0] not in client.get("/admin/api/apitoken/", follow=True).content.decode()


def test_only_a_superuser_makes_tokens_for_others(responder: Any) -> None:
    from django.contrib.auth.models import Permission

    responder.is_staff = True
    responder.save()
    rights = Permission.objects.filter(content_type__app_label="api")
    responder.user_permissions.set(rights)
    client = Client()
    client.force_login(responder)
    assert client.get("/admin/api/apitoken/add/").status_code == 403
    made = ApiToken.objects.create(person=responder, name="a", digest="x", scope="hooks")
    fields = {"name": "b", "scope": "person", "person": 1, "expires_at_0": "", "expires_at_1": ""}
    client.post(f"/admin/api/apitoken/{made.pk}/change/", fields)
    made.refresh_from_db()
    assert (made.name, made.scope, made.person) == ("b", "hooks", responder)
