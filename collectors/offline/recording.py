"""Recordings: what every device answered, kept raw in one compressed file and read anew by the
parsers of today."""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from collectors.answering import CannotAsk, answer_for, as_read, platform_of
from collectors.inventory.file import BadInventory, from_dict, to_dict
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.inventory import Inventory
from collectors.model.step import Audience

FORMAT = "bothways recording 1"
FILE_NAME = "recording.json.gz"
LARGEST = 500_000_000


class BadRecording(ValueError):
    """The file is not a recording; the message is one sentence."""


@dataclass(frozen=True)
class Recording:
    """One run's inventory, flow and raw evidence. `note` says in words where it comes from."""

    flow: Flow
    inventory: Inventory
    evidence: tuple[Evidence, ...]
    note: str = ""
    audience: Audience = Audience.ALL  # whom the run asked at its beginning


def save_recording(recording: Recording, path: str | Path) -> Path:
    """Write a recording into a directory (or to a file named *.json.gz); returns the file."""
    file = _file_of(Path(path).expanduser(), writing=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(recording_dict(recording), separators=(",", ":")).encode()
    temporary = file.with_name(file.name + ".new")
    temporary.write_bytes(gzip.compress(text, 6, mtime=0))
    os.replace(temporary, file)
    return file


def load_recording(path: str | Path) -> Recording:
    """Read a recording and parse its raw outputs anew. Raises BadRecording."""
    file = _file_of(Path(path).expanduser(), writing=False)
    try:
        raw = file.read_bytes()
        text = _unpacked(raw) if raw[:2] == b"\x1f\x8b" else raw
        return recording_from(json.loads(text))
    except OSError as error:
        raise BadRecording(f"cannot read the recording {file}: {error.strerror or error}") from None
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        zlib.error,
        RecursionError,
    ) as error:
        raise BadRecording(f"{file} is not a recording of Bothways ({str(error)[:100]})") from None


def _unpacked(raw: bytes) -> bytes:
    opened = zlib.decompressobj(wbits=31)
    text = opened.decompress(raw, LARGEST)
    if opened.unconsumed_tail:
        raise BadRecording(f"it unpacks to more than {LARGEST // 1_000_000} MB")
    return text


def _file_of(path: Path, writing: bool) -> Path:
    named = path.name.endswith((".json", ".gz"))
    return path if (named if writing else path.is_file()) else path / FILE_NAME


def recording_dict(recording: Recording) -> dict[str, Any]:
    """The recording as a JSON document. Passwords and key texts are not part of it."""
    return {
        "format": FORMAT,
        "note": recording.note,
        "ask": recording.audience.value,
        "flow": _flow_list(recording.flow),
        "inventory": _without_logins(recording.inventory),
        "evidence": [_evidence_dict(item) for item in recording.evidence],
    }


def _without_logins(inventory: Inventory) -> dict[str, Any]:
    """Whether a device can be logged in to matters to a replay; how, is nobody's business."""
    document = to_dict(inventory)
    for device in document["devices"]:
        if "ssh" in device:
            device["ssh"] = {"host": "recording.invalid", "user": device["ssh"]["user"]}
    return document


def recording_from(data: dict[str, Any]) -> Recording:
    """The recording that the document describes."""
    if data.get("format") != FORMAT:
        raise BadRecording(f"the format is not {FORMAT!r}")
    try:
        inventory = from_dict(data["inventory"])
        flow = _flow(data["flow"])
    except (BadInventory, BadFlow) as error:
        raise BadRecording(str(error)) from None
    evidence = tuple(
        _evidence(number, item, inventory) for number, item in enumerate(data["evidence"], 1)
    )
    # recordings of version 0.1 asked everybody
    audience = Audience(data.get("ask", Audience.ALL))
    return Recording(flow, inventory, evidence, str(data.get("note", "")), audience)


def _evidence_dict(item: Evidence) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "device": item.device,
        "question": item.question.value,
        "about": params_dict(item.params),
        "step": item.query.step,
        "delay": item.query.delay,
        "status": item.status.value,
        "command": item.command,
        "stdout": _packed(item.stdout),
        "stderr": _packed(item.stderr),
        "exit_status": item.exit_status,
        "reason": item.reason,
        "taken_at": item.taken_at,
        "duration": round(item.duration, 4),
        "truncated": item.truncated,
        "clock_offset": item.clock_offset,
        "clock_uncertainty": item.clock_uncertainty,
    }
    return {name: value for name, value in fields.items() if value not in (None, "", 0, False, {})}


def _evidence(number: int, data: dict[str, Any], inventory: Inventory) -> Evidence:
    params = params_from(data.get("about", {}))
    query = Query(
        data["device"],
        Question(data["question"]),
        params,
        data.get("step", ""),
        _seconds(data, "delay"),
    )
    kept = Evidence(
        id=f"r{number}",
        query=query,
        status=Status(data["status"]),
        command=data.get("command", ""),
        stdout=_raw(data.get("stdout", "")),
        stderr=_raw(data.get("stderr", "")),
        exit_status=_exit_status(data),
        reason=data.get("reason"),
        taken_at=_seconds(data, "taken_at"),
        duration=max(0.0, _seconds(data, "duration")),
        truncated=bool(data.get("truncated")),
        clock_offset=_seconds(data, "clock_offset"),
        clock_uncertainty=max(0.0, _seconds(data, "clock_uncertainty")),
    )
    return reread(kept, inventory)


LONGEST = 1e11  # seconds: epoch times until the year 5138


def _seconds(data: dict[str, Any], name: str) -> float:
    """A time that can be; what cannot is left out, as if it had not been there."""
    value = data.get(name, 0)
    if not isinstance(value, int | float):
        return 0.0
    return float(value) if -LONGEST <= value <= LONGEST else 0.0


def _exit_status(data: dict[str, Any]) -> int | None:
    usual = 0 if data["status"] == Status.ANSWERED else None
    value = data.get("exit_status", usual)
    if type(value) is not int:
        return None
    return value if 0 <= value <= 255 else None


def reread(item: Evidence, inventory: Inventory) -> Evidence:
    """The same raw answer, read by the parsers of today."""
    device = inventory.named(item.device)
    if device is None or item.status in (Status.NOT_ASKED, Status.NO_ANSWER):
        return item
    try:
        platform = platform_of(device)
        answer_for(platform, item.query)
    except CannotAsk:
        return item
    found = as_read(item, platform)
    return replace(found, reason=found.reason or item.reason)


def params_dict(params: QueryParams) -> dict[str, Any]:
    """What was asked about, as JSON values; what is not set is left out."""
    fields: dict[str, Any] = {
        "flow": _flow_list(params.flow) if params.flow else None,
        "iif": params.iif,
        "mark": params.mark,
        "tos": params.tos,
        "address": str(params.address) if params.address else None,
        "interface": params.interface,
        "seconds": params.seconds,
        "ports": list(params.ports) or None,
        "flows": [_flow_list(flow) for flow in params.flows] or None,
        "sample": params.sample,
    }
    return {name: value for name, value in fields.items() if value is not None}


def params_from(data: dict[str, Any]) -> QueryParams:
    """The way back from `params_dict`."""
    return QueryParams(
        flow=_flow(data["flow"]) if "flow" in data else None,
        iif=data.get("iif"),
        mark=data.get("mark"),
        tos=data.get("tos"),
        address=ip_address(data["address"]) if "address" in data else None,
        interface=data.get("interface"),
        seconds=data.get("seconds"),
        ports=tuple(data.get("ports", ())),
        flows=tuple(_flow(flow) for flow in data.get("flows", ())),
        sample=data.get("sample"),
    )


def _flow_list(flow: Flow) -> list[str | int | None]:
    return [flow.protocol.value, str(flow.src), flow.sport, str(flow.dst), flow.dport]


def _flow(data: list[Any]) -> Flow:
    protocol, src, sport, dst, dport = data
    return Flow(Protocol(protocol), ip_address(src), sport, ip_address(dst), dport)


def _packed(raw: bytes) -> str:
    """Text where it is plain text, else `base64:...`."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw).decode()
    return "base64:" + base64.b64encode(raw).decode() if text.startswith("base64:") else text


def _raw(text: str) -> bytes:
    return base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()
