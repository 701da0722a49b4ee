"""Which of several settings counts, and what is not known."""

from __future__ import annotations

import pytest

from collectors.model.settings import Knob
from tests.analysis.topology import Net
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.case.settings import Half

STRICT, FORWARDS = Knob.REVERSE_PATH_CHECK, Knob.FORWARDING


def net(**settings: object) -> Net:
    """r1 reports these."""
    made = line("r1")
    made.setting("r1", **settings)
    return made


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({"net__ipv4__conf__all__rp_filter": 0, "net__ipv4__conf__eth0__rp_filter": 1}, "strict"),
        ({"net__ipv4__conf__all__rp_filter": 2, "net__ipv4__conf__eth0__rp_filter": 1}, "loose"),
        ({"net__ipv4__conf__all__rp_filter": 0, "net__ipv4__conf__eth0__rp_filter": 0}, "off"),
        ({"net__ipv4__conf__all__rp_filter": 1}, "strict"),
        # the other half may be strict
        ({"net__ipv4__conf__all__rp_filter": 0}, None),
        ({"net__ipv4__conf__eth0__rp_filter": 0}, None),
        ({"net__ipv4__conf__eth1__rp_filter": 1}, None),
        ({"net__ipv4__conf__default__rp_filter": 1}, None),
    ],
)
def test_the_stronger_of_the_device_and_the_interface(
    settings: dict[str, object], mode: str | None
) -> None:
    found = net(**settings).case(FLOW).setting("r1", STRICT, "eth0", 4)
    assert (found.value if found is not None else None) == mode


@pytest.mark.parametrize(
    ("settings", "unknown"),
    [
        ({"net__ipv4__conf__all__rp_filter": 1}, Half.INTERFACE),
        (
            {"net__ipv4__conf__all__rp_filter": 1, "net__ipv4__conf__eth1__rp_filter": 2},
            Half.INTERFACE,
        ),
        ({"net__ipv4__conf__eth0__rp_filter": 1}, Half.DEVICE),
        ({"net__ipv4__conf__all__rp_filter": 1, "net__ipv4__conf__eth0__rp_filter": 0}, None),
        ({"net__ipv4__conf__default__rp_filter": 1}, None),
        ({}, None),
    ],
)
def test_which_of_the_two_values_is_not_known(
    settings: dict[str, object], unknown: Half | None
) -> None:
    known = net(**settings).case(FLOW).known_settings("r1")
    assert known.unknown_half(STRICT, "eth0", 4) is unknown


def test_an_interface_may_forward_otherwise_than_all_were_told_to() -> None:
    case = net(net__ipv4__ip_forward=0).case(FLOW)
    assert case.setting("r1", FORWARDS, "eth0", 4) is None
    assert [one.value for one in case.presets("r1", FORWARDS, 4)] == [False]
    own = net(net__ipv4__ip_forward=0, net__ipv4__conf__eth0__forwarding=1)
    found = own.case(FLOW).setting("r1", FORWARDS, "eth0", 4)
    assert found is not None and found.value is True


def test_the_whole_device_decides_where_its_interfaces_do_not() -> None:
    case = net(net__ipv6__conf__all__forwarding=0, net__ipv6__conf__eth0__forwarding=1).case(FLOW)
    found = case.setting("r1", FORWARDS, "eth0", 6)
    assert found is not None and found.value is False


def test_the_newest_answer_counts() -> None:
    made = net(net__ipv4__tcp_syncookies=0)
    made.setting("r1", net__ipv4__tcp_syncookies=1)
    found = made.case(FLOW).setting("r1", Knob.SYN_COOKIES)
    assert found is not None and found.value is True


def test_a_device_that_says_nothing() -> None:
    case = net().case(FLOW)
    assert case.setting("r1", Knob.SYN_COOKIES) is None
    assert case.setting("nobody", Knob.SYN_COOKIES) is None
    assert case.presets("r1", FORWARDS, 4) == ()
