"""What is kept can be read again, and no secret is kept."""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import is_dataclass, replace
from enum import Enum
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model import records
from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Login, Role
from collectors.model.records import (
    Counter,
    Counts,
    Failure,
    FilterRule,
    Interface,
    Match,
    Neighbour,
    NextHop,
    Packet,
    PolicyRule,
    Route,
    Session,
)
from collectors.model.settings import DeviceSetting, Knob, ReversePathMode
from collectors.platforms.linux.knobs import setting_of
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.run_events import Asking
from workbench.incidents.storage import codec
from workbench.incidents.storage.codec import CLASSES, decode, encode, pack, unpack

FLOW = Flow.parse("udp [2001:db8::1]:5000 > [2001:db8::2]:53")
RULE = FilterRule(
    "nft",
    "inet",
    "filter",
    "forward",
    3,
    (Match("src", (ip_network("192.0.2.0/24"),)), Match("dport", ((80, 443),), negated=True)),
    "drop",
)


@pytest.mark.parametrize(
    "record",
    [
        Interface(
            "eth0", 2, "02:00:00:00:00:01", 1500, True, addresses=(ip_interface("192.0.2.1/24"),)
        ),
        Route(
            ip_network("0.0.0.0/0"),
            "main",
            "unicast",
            (NextHop("eth0", ip_address("192.0.2.254"), 2),),
        ),
        PolicyRule(
            100,
            "lookup",
            "100",
            source=ip_network("192.0.2.0/24"),
            sport=(1, 2),
            protocol=FLOW.protocol,
        ),
        PolicyRule(101, "lookup", "101", protocol="gre"),
        Neighbour(ip_address("fe80::1"), "eth0", None, ("FAILED",)),
        Session(FLOW, FLOW.reversed(), "SYN_SENT", unreplied=True, packets=(3, 0)),
        Packet(1.5, "eth0", None, FLOW, 60, flags="S.", icmp=(3, 4), quoted=FLOW.reversed()),
        RULE,
        Query(
            "fw",
            Question.CAPTURE,
            QueryParams(flows=(FLOW,), ports=(1, 2), sample="after"),
            "capture",
            0.5,
        ),
        {"a": [None, True, 1, "x"], "b": b"\x00\xff"},
        frozenset({"a", "b"}),
    ],
)
def test_records_come_back_equal(record: object) -> None:
    expected = {"a": (None, True, 1, "x"), "b": b"\x00\xff"} if isinstance(record, dict) else record
    assert decode(encode(record)) == expected
    assert unpack(pack((record,))) == (expected,)


def test_enums_come_back_as_themselves() -> None:
    assert decode(encode(Question.RULES)) is Question.RULES


def test_secrets_are_never_kept() -> None:
    device = Device(
        "fw",
        Role.FIREWALL,
        login=Login("192.0.2.1", password="hunter2", key_text="KEY", passphrase="p4ss"),
    )
    coded = str(encode(device))
    assert not any(secret in coded for secret in ("hunter2", "KEY", "p4ss"))


def test_a_field_that_no_longer_exists_is_ignored() -> None:
    coded = encode(NextHop("eth0")) | {"colour": "red"}
    assert decode(coded) == NextHop("eth0")


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(object())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=20
    )
)
def test_any_plain_value_comes_back(value: object) -> None:
    def tuples(item: object) -> object:
        return tuple(tuples(part) for part in item) if isinstance(item, list) else item

    assert unpack(pack(value)) == tuples(value)


def classes_in(hint: Any, seen: set[type]) -> set[type]:
    """Every dataclass and enumeration that a value of this type may hold."""
    for part in get_args(hint):
        classes_in(part, seen)
    if (
        isinstance(hint, type)
        and (is_dataclass(hint) or issubclass(hint, Enum))
        and hint not in seen
    ):
        seen.add(hint)
        if is_dataclass(hint):
            for inner in get_type_hints(hint).values():
                classes_in(inner, seen)
    return seen


@pytest.mark.parametrize("kept", [Findings, Evidence, Asking])
def test_the_codec_knows_every_class_that_is_kept(kept: type) -> None:
    unknown = {kind.__name__ for kind in classes_in(kept, set())} - set(CLASSES)
    assert not unknown, f"list the modules of {unknown} in codec._MODULES"


def test_a_new_file_of_records_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("kept_words")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "kept_words", package)
    (tmp_path / "zone.py").write_text("")
    assert [module.__name__ for module in codec.modules_of(package)] == ["kept_words.zone"]


def test_every_file_of_records_is_known() -> None:
    files = {path.stem for path in Path(records.__path__[0]).glob("*.py")} - {"__init__"}
    assert {f"{records.__name__}.{name}" for name in files} <= {m.__name__ for m in codec._MODULES}


def test_rows_are_read_whose_classes_and_fields_had_other_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`Adjacency` became `Neighbor`, its `link` its `port`; then both got the names of today."""
    neighbour = Neighbour(ip_address("192.0.2.254"), "eth0", None, ("FAILED",))
    first = {"Adjacency": "Neighbor", "Adjacency.link": "port"}
    monkeypatch.setattr(
        codec, "RENAMINGS", (first, {"Neighbor": "Neighbour", "Neighbor.port": "interface"})
    )
    for known, name, field in (
        (0, "Adjacency", "link"),
        (1, "Neighbor", "port"),
        (2, "Neighbour", "interface"),
    ):
        coded = encode(neighbour)
        coded = {key: item for key, item in coded.items() if key != "interface"} | {
            "$": name,
            field: "eth0",
        }
        row = {"renamings": known, "kept": {"$": "dict", "v": [["last", [coded]]]}}
        assert unpack(zlib.compress(json.dumps(row).encode())) == {"last": (neighbour,)}


def test_rows_of_the_first_version_tell_no_version() -> None:
    assert unpack(zlib.compress(json.dumps(encode((RULE,))).encode())) == (RULE,)


@pytest.mark.parametrize(("known", "name"), [(0, "Setting"), (1, "Sysctl")])
def test_settings_that_were_kept_before_they_had_a_meaning_get_it(known: int, name: str) -> None:
    coded = {"$": name, "key": "net.ipv4.conf.all.rp_filter", "value": "2"}
    (found,) = unpack(zlib.compress(json.dumps({"renamings": known, "kept": [coded]}).encode()))
    assert found == setting_of("net.ipv4.conf.all.rp_filter", "2")
    assert (found.knob, found.value) == (Knob.REVERSE_PATH_CHECK, ReversePathMode.LOOSE)


def test_a_failed_probe_that_was_kept_in_words_gets_its_meaning() -> None:
    target = {"$": "ip", "v": "192.0.2.1"}
    coded = {"$": "ProbeResult", "kind": "connect", "target": target, "error": "refused"}
    (found,) = unpack(zlib.compress(json.dumps({"renamings": 1, "kept": [coded]}).encode()))
    assert found.failure is Failure.REFUSED


def test_a_counter_that_was_kept_by_its_name_gets_its_meaning() -> None:
    coded = {"$": "Counter", "scope": "kernel", "name": "TcpExtListenOverflows", "value": 7}
    (found,) = unpack(zlib.compress(json.dumps({"renamings": 3, "kept": [coded]}).encode()))
    assert found == Counter(
        "kernel", "TcpExtListenOverflows", 7, CounterMeaning.ACCEPT_QUEUE_FULL, None
    )
    assert unpack(pack(found)) == found


def test_who_reported_the_failure_of_a_kept_probe() -> None:
    address = {"$": "ip", "v": "192.0.2.1"}
    coded = {"$": "ProbeResult", "kind": "ping", "target": address, "told_by": address}
    (found,) = unpack(zlib.compress(json.dumps({"renamings": 3, "kept": [coded]}).encode()))
    assert found.reported_by == ip_address("192.0.2.1")


def test_a_kept_chain_of_iptables_gets_its_place() -> None:
    words = {"dialect": "iptables", "family": "ip", "table": "mangle", "name": "FORWARD"}
    coded = {"$": "FilterChain", **words, "hook": "forward"}
    (found,) = unpack(zlib.compress(json.dumps({"renamings": 1, "kept": [coded]}).encode()))
    assert (found.priority, found.same_as, found.usual) == (-150, "nft", False)


def test_a_kept_rule_gets_what_its_words_say() -> None:
    coded = encode(replace(RULE, matches=(Match("unread", ("ct count over 20",)),)))
    (found,) = unpack(zlib.compress(json.dumps({"renamings": 1, "kept": [coded]}).encode()))
    assert "meaning" not in coded and found.meaning.counts is Counts.CONNECTIONS


def test_a_setting_keeps_the_meaning_that_its_platform_gave_it() -> None:
    one = DeviceSetting("net.ipv4.ip_forward", "on", Knob.FORWARDING, True, interface="ge-0/0/0")
    assert unpack(pack(one)) == one


def test_no_two_kept_classes_share_a_name() -> None:
    names = [
        name
        for module in codec._MODULES
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    ]
    assert len(names) == len(set(names)) > 50
