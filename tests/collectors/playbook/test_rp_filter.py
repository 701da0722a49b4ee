"""What an SRE is told about the reverse-path check: the larger of `all` and the interface's own."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.platforms.linux.knobs import setting_of
from collectors.playbook import rp_filter


def meaning(**values: int) -> str:
    """What the step says of these values of rp_filter."""
    records = tuple(
        setting_of(f"net.ipv4.conf.{where}.rp_filter", str(value))
        for where, value in values.items()
    )
    query = Query("r1", Question.SETTINGS)
    return rp_filter.meaning(Evidence("e1", query, Status.ANSWERED, records=records))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"all": 0, "eth0": 1, "eth1": 2}, "Strict on eth0: what arrives"),
        ({"all": 1, "eth0": 0, "eth1": 2}, "Strict on eth0: what arrives"),
        ({"all": 2, "eth0": 1}, "No strict reverse-path check: nothing is dropped"),
        ({"all": 0, "eth0": 0}, "No strict reverse-path check: nothing is dropped"),
        ({"all": 2}, "No strict reverse-path check: nothing is dropped"),
        ({"eth0": 2}, "No strict reverse-path check: nothing is dropped"),
        # one of the two values is not shown
        ({"all": 1}, "Strict on every interface, unless its own value, which is not shown"),
        ({"eth0": 1}, "Strict on eth0, unless the value of all interfaces, which is not shown"),
        ({"all": 0}, "No strict reverse-path check is shown, but"),
        ({"eth0": 0}, "No strict reverse-path check is shown, but"),
        ({}, "The device shows no such settings."),
    ],
)
def test_what_is_shown_decides_what_is_said(values: dict[str, int], words: str) -> None:
    assert meaning(**values).startswith(words)


def test_other_settings_say_nothing_of_the_check() -> None:
    records = (setting_of("net.ipv4.ip_forward", "1"),)
    query = Query("r1", Question.SETTINGS)
    item = Evidence("e1", query, Status.ANSWERED, records=records)
    assert rp_filter.meaning(item) == "The device shows no such settings."
