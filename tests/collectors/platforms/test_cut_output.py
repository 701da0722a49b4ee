"""Of output that ends too early, what is complete is read, and what is half is not."""

from __future__ import annotations

import pytest

from collectors.answering import read_output
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import Query, QueryParams, Question, Status
from collectors.platforms.linux import LINUX
from collectors.platforms.reading import complete

ROUTES = b'[{"dst":"10.1.0.0/16","gateway":"192.0.2.1","dev":"eth0"},{"dst":"10.2.0.0/16","gateway":"192.0.2.2","d'
TEXT = b"10.1.0.0/16 via 192.0.2.1 dev eth0\n10.2.0.0/16 via 192.0.2.1"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ('[{"a":1},{"b":[1,2]},{"c":', '[{"a":1},{"b":[1,2]}]'),
        ('{"nftables": [{"metainfo":{}}, {"rule":{"ex', '{"nftables": [{"metainfo":{}}]}'),
        ('{"kernel":{"A":1,"B":22,"C":33', '{"kernel":{"A":1,"B":22}}'),
        ('[{"a":1}]\n[{"b":1},{"c":"x', '[{"a":1}]\n[{"b":1}]'),
        ("", ""),
    ],
)
def test_what_is_complete(text: str, whole: str) -> None:
    assert complete(text)[0] == whole


def read(raw: bytes, cut: bool) -> tuple[Status, ParseResult]:
    query = Query("box", Question.ROUTES, QueryParams())
    status, reading, _ = read_output(LINUX, query, Output(raw, cut=cut))
    return status, reading


def test_the_complete_objects_of_cut_json() -> None:
    status, reading = read(ROUTES, cut=False)
    assert (status, len(reading.records), reading.cut) == (Status.ANSWERED, 1, True)
    assert len(reading.unread) == 1


def test_half_a_line_of_cut_text_is_not_taken_for_a_whole_one() -> None:
    assert len(read(TEXT, cut=False)[1].records) == 2
    assert len(read(TEXT, cut=True)[1].records) == 1


def test_nothing_whole_is_no_answer() -> None:
    assert read(ROUTES[:30], cut=True)[0] is Status.UNPARSED
    assert read(b"10.1.0.0/16 via", cut=True)[0] is Status.UNPARSED
