"""Numbers of a device are bounded where they enter: what cannot be is skipped, and never ends a
run."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from ipaddress import ip_address
from typing import Any

import pytest

from collectors.model import records
from collectors.model.answer import ParseResult
from collectors.model.flow import Flow
from collectors.model.records import Clock, HopProbe, LogLine, NextHop, Packet, PolicyRule
from collectors.offline.recording import recording_dict, recording_from
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.login import LOGIN
from collectors.platforms.reading import kept
from collectors.platforms.validation import SPANS, validate_record
from collectors.session.device_session import read_clock
from collectors.session.link import Raw, exit_status
from tests.collectors.test_replay import ADDRESSES, Question, evidence, recorded

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
PACKET = Packet(1.0, "eth0", True, FLOW, 60)


@pytest.mark.parametrize(
    ("record", "changed"),
    [
        (PACKET, {"ttl": 256}),
        (PACKET, {"seq": 1 << 32}),
        (PACKET, {"time": 1e12}),
        (PACKET, {"length": -1}),
        (PACKET, {"icmp": (3, 300)}),
        (HopProbe(1, 443, ip_address("192.0.2.1")), {"sport": 4294967296}),
        (NextHop("eth0"), {"weight": -1}),
        (PolicyRule(100, "lookup", "100"), {"priority": 1 << 32}),
        (Clock(0.0, 0.0), {"offset": float("inf")}),
        (setting_of("net.ipv4.conf.all.rp_filter", "1"), {"text": "9" * 5000}),
        (setting_of("net.ipv4.conf.all.rp_filter", "1"), {"text": "\u00b2"}),
        (LogLine(1.0, "x", "eth0", None, FLOW), {"time": float("nan")}),
    ],
)
def test_a_number_that_cannot_be(record: Any, changed: dict[str, object]) -> None:
    assert validate_record(record)
    assert not validate_record(replace(record, **changed))


def test_every_bound_is_one_of_a_field_that_some_record_has() -> None:
    held = {(kind.__name__, field.name) for kind in kept_classes() for field in fields(kind)}
    names = {name for _, name in held}
    assert [bound for bound in SPANS if bound not in held and bound not in names] == []


def kept_classes() -> list[Any]:
    """Every record, and what records are made of."""
    return [kind for kind in vars(records).values() if is_dataclass(kind)]


def test_what_cannot_be_is_unread_and_the_rest_stays() -> None:
    reading = kept(ParseResult((PACKET, replace(PACKET, ttl=999))))
    assert (reading.records, len(reading.unread)) == ((PACKET,), 1)


@pytest.mark.parametrize(
    "output", [b"inf", b"nan", b"-inf", b"1e300", b"9" * 30, b"-5", b"", b"x", b"nan.5"]
)
def test_a_clock_that_cannot_be_is_no_clock(output: bytes) -> None:
    assert LOGIN.clock
    assert read_clock(LOGIN.clock, Raw(output, sent=1.0, first_byte=1.1)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("output", "status"),
    [(b"0", 0), (b" 127\n", 127), (b"256", None), (b"9" * 24, None), (b"", None)],
)
def test_an_exit_status_has_a_byte(output: bytes, status: int | None) -> None:
    assert exit_status(output) == status


def test_a_recording_with_times_and_a_status_that_cannot_be() -> None:
    document = recording_dict(recorded(evidence(Question.INTERFACES, ADDRESSES)))
    document["evidence"][0] |= {
        "clock_offset": float("inf"),
        "taken_at": 1e300,
        "exit_status": 10**24,
    }
    [item] = recording_from(document).evidence
    assert (item.clock_offset, item.taken_at, item.exit_status) == (0.0, 0.0, None)
