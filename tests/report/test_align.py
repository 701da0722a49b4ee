"""Which rows stand side by side."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.report.picture.align import align
from workbench.report.picture.picture import HopView


def hops(names: str, stateful: str = "") -> list[HopView]:
    return [
        HopView(name, name, boundary="firewall" if name in stateful else None) for name in names
    ]


def rows(left: str, right: str, stateful: str = "", *, whole: bool = True) -> list[tuple[str, str]]:
    found = align(hops(left, stateful), hops(right, stateful), whole=whole)
    return [(a.name if a else "-", b.name if b else "-") for a, b in found]


def test_the_same_device_stands_beside_itself() -> None:
    assert rows("abc", "abc") == [("a", "a"), ("b", "b"), ("c", "c")]


def test_a_detour_opens_a_gap() -> None:
    assert rows("abc", "axybc") == [("a", "a"), ("-", "x"), ("-", "y"), ("b", "b"), ("c", "c")]


def test_firewalls_stand_beside_each_other() -> None:
    assert ("F", "G") in rows("aFb", "xaGyb", "FG")


def test_what_is_not_known_yet_is_not_opposite() -> None:
    assert rows("ab", "yz", whole=False) == [("a", "-"), ("b", "-"), ("-", "y"), ("-", "z")]


@given(st.text("abcdefg", max_size=9), st.text("abcdefg", max_size=9))
def test_nothing_is_lost_and_order_is_kept(left: str, right: str) -> None:
    found = rows(left, right)
    assert "".join(a for a, _ in found if a != "-") == left
    assert "".join(b for _, b in found if b != "-") == right
