"""A device that answers with what no device would: nothing of it may reach the analysis, a terminal
or a page."""

from __future__ import annotations

import json
import time
from ipaddress import ip_address

import pytest

from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams, Question
from collectors.model.records import FilterChain, FilterRule, Interface, Neighbour
from collectors.model.settings import DeviceSetting
from collectors.platforms.linux import LINUX
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.reading import attempt
from collectors.platforms.validation import validate_record


def answer(question: Question, text: str, params: QueryParams | None = None) -> ParseResult:
    """What the parser makes of this text."""
    return reading_of(LINUX, question, Output(text.encode()), params or QueryParams())


def interface(**changed: object) -> dict[str, object]:
    """One entry of `ip -j addr`."""
    entry = {"ifindex": 2, "ifname": "eth0", "mtu": 1500, "flags": ["UP"], "addr_info": []}
    return {**entry, **changed}


@pytest.mark.parametrize("name", [["eth0"], {"a": 1}, 7, None, 1.5, True])
def test_a_name_that_is_no_text_makes_no_record(name: object) -> None:
    reading = answer(Question.INTERFACES, json.dumps([interface(ifname=name), interface()]))
    assert [i.name for i in reading.records if isinstance(i, Interface)] == ["eth0"]
    assert len(reading.unread) == 1


def test_a_number_beyond_measure_makes_no_record() -> None:
    reading = answer(Question.INTERFACES, json.dumps([interface(mtu=10**30)]))
    assert not reading.records and reading.unread


def test_an_address_whose_zone_is_a_command_makes_no_record() -> None:
    hop = {"dst": "default", "gateway": "fe80::1%;reboot", "dev": "eth0"}
    reading = answer(Question.ROUTES, f"[] {json.dumps([hop])}")
    assert not reading.records and reading.unread


@pytest.mark.parametrize(
    "escape", [r"\u001b[2J", r"\n", r"\r", r"\u009b2J", r"\u202e", r"\ud800", r"\u0000", r"\b"]
)
def test_escapes_of_json_bring_no_control_character_back(escape: str) -> None:
    text = json.dumps([interface(ifname="eth0#")]).replace("#", escape)
    (found,) = (i for i in answer(Question.INTERFACES, text).records if isinstance(i, Interface))
    assert found.name.isprintable() and found.name.encode()


def test_an_escaped_backslash_stays_what_it_is() -> None:
    text = json.dumps([interface(ifname="a\\n")])
    (found,) = (i for i in answer(Question.INTERFACES, text).records if isinstance(i, Interface))
    assert found.name == "a\\n"


def test_a_journal_that_writes_bytes_writes_no_escapes() -> None:
    line = "\x1b[2Jdrop IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=TCP SPT=1 DPT=2"
    reading = answer(Question.LOGS, json.dumps({"MESSAGE": list(line.encode())}))
    assert reading.records and "\x1b" not in repr(reading.records)


def test_what_a_person_would_write_is_sound() -> None:
    assert validate_record(setting_of("net.ipv4.ip_forward", "1"))
    assert not validate_record(DeviceSetting("net.ipv4.ip_forward", 1))  # type: ignore[arg-type]


def test_a_text_is_no_list_of_texts() -> None:
    assert not validate_record(Neighbour(ip_address("192.0.2.1"), "eth0", None, "REACHABLE"))  # type: ignore[arg-type]
    assert validate_record(Neighbour(ip_address("192.0.2.1"), "eth0", None, ("REACHABLE",)))


def test_whatever_output_does_to_a_parser_it_is_unread() -> None:
    def chokes(output: Output, params: QueryParams) -> ParseResult:
        raise RuntimeError("generator raised StopIteration")

    assert attempt(chokes, Output(b"a line"), QueryParams()) == ParseResult(unread=("a line",))


def nft(*objects: dict[str, object]) -> ParseResult:
    """What the parser makes of this ruleset."""
    chain = {
        "family": "inet",
        "table": "f",
        "name": "forward",
        "type": "filter",
        "hook": "forward",
        "policy": "accept",
    }
    return answer(Question.FILTER, json.dumps({"nftables": [{"chain": chain}, *objects]}))


def nft_rule(*statements: object) -> dict[str, object]:
    """One rule of that chain."""
    return {
        "rule": {
            "family": "inet",
            "table": "f",
            "chain": "forward",
            "handle": 7,
            "expr": list(statements),
        }
    }


def test_a_rule_of_a_kind_that_nobody_knows_costs_itself_and_not_the_ruleset() -> None:
    """It stands in its place as a rule that may do anything: nothing after it is certain."""
    reading = nft(
        nft_rule({"drop": None}),
        nft_rule({"vmap": {"key": {}, "data": {"set": [["a", {}]]}}}),
        nft_rule({}),
    )
    rules = [record for record in reading.records if isinstance(record, FilterRule)]
    assert [rule.verdict for rule in rules] == ["drop", "queue", "queue"]
    assert [{match.field for match in rule.matches} for rule in rules[1:]] == [{"unread"}] * 2
    assert len(reading.unread) == 2


def test_a_set_without_a_home_costs_itself() -> None:
    reading = nft(
        {"set": {"name": "s"}},
        {"limit": {"name": "l", "family": "inet", "table": "f"}},
        nft_rule({"drop": None}),
    )
    assert len(reading.unread) == 2 and any(
        isinstance(record, FilterRule) for record in reading.records
    )


def test_one_strange_line_of_nfts_text_costs_itself() -> None:
    lines = [
        "table inet f {",
        "chain c {",
        "type filter hook forward priority filter; policy drop;",
        "elements = }{",
        "drop",
    ]
    reading = answer(
        Question.FILTER, "\n".join([*lines, "set s {", "elements = { 1, { } ", "}", "}", "}"])
    )
    assert any(isinstance(record, FilterChain) for record in reading.records)
    last = [record for record in reading.records if isinstance(record, FilterRule)][-1]
    assert last.verdict == "drop" and reading.unread


def test_a_rule_in_nfts_text_that_nobody_understands_may_do_anything() -> None:
    lines = [
        "table ip f {",
        "chain c {",
        "type filter hook forward priority 0; policy accept;",
        "tcp dport }{ 1 drop",
        "}",
        "}",
    ]
    reading = answer(Question.FILTER, "\n".join(lines))
    (strange,) = (record for record in reading.records if isinstance(record, FilterRule))
    assert (strange.verdict, strange.matches[0].field, len(reading.unread)) == (
        "queue",
        "unread",
        1,
    )


@pytest.mark.parametrize("question", list(Question), ids=str)
def test_one_line_of_megabytes_is_soon_unread(question: Question) -> None:
    for text in ("x" * 4_000_000, "{" * 2_000_000, "SRC=1 " * 600_000, "[" + "[1]," * 800_000):
        began = time.process_time()
        reading = answer(question, text)
        assert time.process_time() - began < 6.0  # of the processor: other work must not fail it
        assert not reading.records or question in (
            Question.STATE_SYNC,
            Question.IDENTITY,
            Question.ROUTE_SPREAD,
        )
