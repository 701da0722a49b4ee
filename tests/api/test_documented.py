"""docs/api.md tells all of it."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.api.urls import urlpatterns
from workbench.incidents.models import Event

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def _address(pattern: str) -> str:
    return "/api/" + re.sub(r"<int:\w+>", "N", pattern).replace("<str:form>", "md")


def test_every_address_is_described() -> None:
    addresses = re.sub(r"\b\d+\b", "N", TEXT.split("## The socket")[0])
    for pattern in urlpatterns:
        if pattern.name != "raw":
            end = "/".join(_address(str(pattern.pattern)).split("/")[-2:])
            assert end in addresses or end.split("/")[-1] in addresses, (
                f"docs/api.md does not tell {pattern.pattern}"
            )
    assert "evidence/e12/stdout" in TEXT


def test_every_kind_of_event_is_described() -> None:
    for kind in Event.Kind.values:
        assert f"`{kind}`" in TEXT.split("## Events")[1], kind
