"""docs/api.md tells all of it."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.api.urls import api
from workbench.incidents.models import Event

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_address_is_described() -> None:
    addresses = re.sub(r"\b\d+\b", "N", TEXT.split("## The socket")[0])
    for path in api.get_openapi_schema()["paths"]:
        address = re.sub(r"\{\w*(number|id|other|seq)\}", "N", path).replace("{form}", "md")
        address = address.replace("{section}", "summary")
        if "evidence_id" not in path:
            end = "/".join(address.split("/")[-2:])
            assert end in addresses or end.split("/")[-1] in addresses, path
    assert "evidence/e12/stdout" in TEXT


def test_every_kind_of_event_is_described() -> None:
    for kind in Event.Kind.values:
        assert f"`{kind}`" in TEXT.split("## Events")[1], kind
