"""Nothing that was to be hidden is left in a text."""

from __future__ import annotations

import pytest

from workbench.report.disguise import Disguise, letters

ENDS = frozenset({"10.1.0.10", "2001:db8::1"})


def test_devices_are_letters_in_the_order_in_which_they_come() -> None:
    named = letters(["fw-a", "client", "", "FW-B", "fw-a", *(f"r{n}" for n in range(30))])
    assert (named["fw-a"], named["fw-b"], named["r0"]) == ("device A", "device B", "device C")
    assert named["r24"] == "device AA" and "client" not in named


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fw-a drops it, FW-AB does not", "device A drops it, device B does not"),
        ("leaves by to-fw-a.100", "leaves by to-device A.100"),
        ("fw-abc is another one", "fw-abc is another one"),
        ("10.1.0.10 via 10.1.0.1", "10.1.0.10 via an address"),
        ("route 10.0.0.0/8 and 2001:db8::7", "route an address and an address"),
        ("2001:db8::1 at 02:07:05 UTC", "2001:db8::1 at 02:07:05 UTC"),
        ("version 1.2.3", "version 1.2.3"),
    ],
)
def test_names_and_foreign_addresses_are_taken_out(text: str, told: str) -> None:
    assert Disguise(letters(["fw-a", "fw-ab"]), ENDS).text(text) == told


def test_codes_stay_what_they_are() -> None:
    verdict = {"root_cause": "asym_stateful_fw", "summary": "fw drops it"}
    told = Disguise(letters(["fw"]), None).value(verdict)
    assert told == {"root_cause": "asym_stateful_fw", "summary": "device A drops it"}


def test_without_a_disguise_everything_stays() -> None:
    assert Disguise().text("fw-a 10.9.9.9") == "fw-a 10.9.9.9"
