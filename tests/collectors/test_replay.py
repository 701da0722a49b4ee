"""Does a recording answer as the devices did?"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.inventory.file import from_dict
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Interface, Packet
from collectors.offline.replay import (
    BadRecording,
    Recording,
    RecordingDriver,
    ReplayDriver,
    load_recording,
    params_dict,
    params_from,
    recording_dict,
    save_recording,
)

FIXTURE = Path(__file__).parents[1] / "fixtures" / "recordings" / "fw-pair-nosync.json.gz"
FLOW = Flow.parse("tcp 192.0.2.20:* > 203.0.113.10:443")
ADDRESSES = b'[{"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1500,"addr_info":[]}]'
INVENTORY = from_dict(
    {
        "devices": [
            {
                "name": "r1",
                "role": "router",
                "ssh": {"host": "192.0.2.1", "password": "hunter2", "key": "/k"},
            }
        ]
    }
)


def evidence(
    question: Question, stdout: bytes = b"", status: Status = Status.ANSWERED, **params: object
) -> Evidence:
    query = Query("r1", question, QueryParams(**params), "a-step", 0.5)  # type: ignore[arg-type]
    return Evidence(
        "e1",
        query,
        status,
        "a command",
        stdout,
        b"oops",
        0,
        taken_at=12.5,
        duration=0.25,
        clock_offset=3.0,
    )


def recorded(*items: Evidence) -> Recording:
    return Recording(FLOW, INVENTORY, items, "made by a test")


def kept(tmp_path: Path, *items: Evidence) -> Recording:
    save_recording(recorded(*items), tmp_path)
    return load_recording(tmp_path)


def test_raw_answers_are_kept_and_read_anew(tmp_path: Path) -> None:
    [item] = kept(tmp_path, evidence(Question.INTERFACES, ADDRESSES)).evidence
    assert (item.stdout, item.stderr, item.taken_at, item.clock_offset) == (
        ADDRESSES,
        b"oops",
        12.5,
        3.0,
    )
    assert [one.name for one in item.of(Interface)] == ["eth0"]


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00 not text", b"base64:aGk=", "ä".encode()])
def test_any_bytes(tmp_path: Path, raw: bytes) -> None:
    [item] = kept(tmp_path, evidence(Question.LOGS, raw)).evidence
    assert item.stdout == raw


def test_what_was_not_answered_stays_so(tmp_path: Path) -> None:
    lost = replace(evidence(Question.LOGS, status=Status.NO_ANSWER), reason="it hung")
    [item] = kept(tmp_path, lost).evidence
    assert (item.status, item.reason) == (Status.NO_ANSWER, "it hung")


def test_a_recording_holds_no_secret_and_no_way_in() -> None:
    text = json.dumps(recording_dict(recorded()))
    assert "hunter2" not in text and "192.0.2.1" not in text and "/k" not in text
    assert "recording.invalid" in text


@pytest.mark.parametrize(
    "params",
    [
        QueryParams(),
        QueryParams(flow=FLOW, iif="eth0", mark=1, ports=(1, 2), seconds=6.0, sample="late"),
        QueryParams(
            flow=FLOW.reversed(), flows=(FLOW, FLOW.reversed()), address=FLOW.src, interface="eth0"
        ),
    ],
)
def test_what_was_asked_about_is_written_and_read(params: QueryParams) -> None:
    assert params_from(json.loads(json.dumps(params_dict(params)))) == params


def test_the_same_question_gets_its_own_answer() -> None:
    before = evidence(Question.COUNTERS, b"before", sample="before")
    after = evidence(Question.COUNTERS, b"after", sample="after")
    driver = ReplayDriver(recorded(before, after))
    [found] = driver.ask([Query("r1", Question.COUNTERS, QueryParams(sample="after"))])
    assert found.stdout == b"after"


def test_a_capture_with_other_translations_or_another_length_is_the_same_capture() -> None:
    driver = ReplayDriver(recorded(evidence(Question.CAPTURE, b"pcap", flow=FLOW, seconds=6.0)))
    asked = Query("r1", Question.CAPTURE, QueryParams(flow=FLOW, flows=(FLOW,), seconds=4.0))
    [found] = driver.ask([asked])
    assert (found.stdout, found.query.params) == (b"pcap", asked.params)


def test_a_route_for_another_packet_is_not_this_route() -> None:
    driver = ReplayDriver(recorded(evidence(Question.ROUTE_CHOICE, b"[]", flow=FLOW, iif="eth0")))
    [found] = driver.ask([Query("r1", Question.ROUTE_CHOICE, QueryParams(flow=FLOW, iif="eth1"))])
    assert (found.status, found.reason) == (
        Status.NOT_ASKED,
        "this was not asked when the recording was made",
    )


def test_answers_come_in_the_order_in_which_they_came() -> None:
    slow = replace(evidence(Question.LOGS, b"slow"), duration=2.0)
    quick = replace(evidence(Question.RULES, b"quick"), duration=0.1)
    driver = ReplayDriver(recorded(slow, quick))
    assert [e.stdout for e in driver.ask([slow.query, quick.query])] == [b"quick", b"slow"]


def test_recording_passes_everything_on() -> None:
    item = evidence(Question.RULES, b"x")
    recording = RecordingDriver(ReplayDriver(recorded(item)))
    assert list(recording.ask([item.query])) == recording.evidence == [item]
    recording.prepare(["r1"], 2)
    recording.close()


def test_a_recorded_lab_is_read() -> None:
    recording = load_recording(FIXTURE)
    assert len(recording.inventory.devices) == 6
    captured = [e for e in recording.evidence if e.question is Question.CAPTURE]
    assert captured and all(e.of(Packet) for e in captured)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\x1f\x8bnonsense",
        gzip.compress(b"{", mtime=0),
        b'{"format": "bothways recording 1"}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_recording(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "recording.json.gz").write_bytes(content)
    with pytest.raises(BadRecording, match="is not a recording of Bothways"):
        load_recording(tmp_path)


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        BadRecording, match=r"cannot read the recording .*: No such file or directory"
    ):
        load_recording(tmp_path / "none")
