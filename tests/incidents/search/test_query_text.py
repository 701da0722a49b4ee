"""A query has parts, which can be added and taken out."""

from __future__ import annotations

import pytest

from workbench.incidents.search.query_text import (
    Part,
    parts,
    value_of,
    with_value,
    without,
    written,
)

QUERY = 'ledger "connection reset" state:open sev:1..2 by:"Rita R"'


def test_a_query_has_parts_and_is_written_from_them() -> None:
    assert parts(QUERY) == [
        Part("", "ledger"),
        Part("", "connection reset", quoted=True),
        Part("state", "open"),
        Part("severity", "1..2"),
        Part("by", "Rita R", quoted=True),
    ]
    assert written(parts(QUERY)) == QUERY.replace("sev:", "severity:")


@pytest.mark.parametrize(
    ("text", "key", "value", "after"),
    [
        ("", "state", "open", "state:open"),
        ("a state:open b", "state", "resolved", "a b state:resolved"),
        ("a sev:1 b", "severity", "", "a b"),
        ("a", "by", "Rita R", 'a by:"Rita R"'),
    ],
)
def test_a_key_gets_another_value(text: str, key: str, value: str, after: str) -> None:
    assert with_value(text, key, value) == after
    assert value_of(after, key) == value


def test_a_part_is_taken_out() -> None:
    assert without("a device:fw b", Part("device", "fw")) == "a b"
