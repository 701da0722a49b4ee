"""What was pasted of a device tells its kind, so that its fixes are in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.inventory import Device, Inventory, Role
from workbench.incidents.pasted.pasting import with_devices_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
WINDOWS = (FIXTURES / "windows/routes/route-print.raw").read_bytes()
BSD = (FIXTURES / "bsd/interfaces/freebsd.raw").read_bytes()
LINUX = b"r1# ip route\ndefault via 192.0.2.1 dev eth0\n"
CAPTURE = b"10:00:00.000001 IP 192.0.2.1.4001 > 192.0.2.9.443: Flags [S], seq 1, length 0\n"


def pasted(device: str, *outputs: bytes) -> list[Evidence]:
    query = Query(device, Question.ROUTES, QueryParams(), step="routes")
    return [Evidence("", query, Status.ANSWERED, stdout=one, pasted_by="ops") for one in outputs]


@pytest.mark.parametrize(
    ("outputs", "platform"),
    [
        ((WINDOWS,), "windows"),
        ((BSD,), "bsd"),
        ((LINUX,), "linux"),
        ((CAPTURE, BSD), "bsd"),
        ((), "linux"),
        ((WINDOWS, BSD), ""),
    ],
    ids=["Windows", "BSD", "Linux", "a capture and BSD", "nothing read", "two that contradict"],
)
def test_the_outputs_tell_the_platform(outputs: tuple[bytes, ...], platform: str) -> None:
    inventory = with_devices_of(pasted("gw", *outputs), Inventory(), ["gw"])
    assert [(one.name, one.platform) for one in inventory.devices] == [("gw", platform)]


def test_what_the_inventory_says_counts_more() -> None:
    declared = Inventory((Device("gw", Role.ROUTER, "frr"),))
    assert with_devices_of(pasted("gw", WINDOWS), declared) == declared


def test_devices_keep_the_order_in_which_they_were_pasted() -> None:
    evidence = [*pasted("b", LINUX), *pasted("a", WINDOWS)]
    names = [one.name for one in with_devices_of(evidence, Inventory(), ["b", "c", "a"]).devices]
    assert names == ["b", "c", "a"]
