"""What a device, or whoever stands between, could say: every field replaced, raw text mutated,
lines lost and moved."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from collectors.model.answer import ParseResult
from collectors.model.evidence import Evidence, Status
from collectors.offline.recording import Recording, reread
from collectors.platforms.reading import kept

NUMBERS = (
    "0", "-1", "1", "65535", "65536", "4294967295", "4294967296", "18446744073709551616", "9" * 24, "9" * 5000,
    "1e400", "-1e400", "inf", "-inf", "nan", "NaN", "Infinity", "0x7fffffffffffffffffff", "1.5", "00012", "1_000",
    "\u0663\u0664",
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "\x1b[2J", "\u202e", "\ufffd", "%s%n{}{0}",
    "eth0;reboot", "$(id)", "../../etc/passwd", "a" * 5000, "[", "]", "{", "}", '"', "\\", "<b>x</b>",
    "None", "null", "true", "-", "*", "/",
    "::", "::1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "::ffff:1.2.3.4",
    "fe80::1%eth0", "0.0.0.0/0", "::/0", "1.2.3.4/99",
)  # fmt: skip
HOSTILE = (*NUMBERS, *TEXTS)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 255, 256, 65535, 65536, 1 << 31, 1 << 32, 1 << 63, 1 << 64, -(1 << 63), 10**24,
    0.0, -1.0, 1e9, 1e18, 1e300, float("inf"), float("nan"),
    "", "x" * 3000, "::1", "0", "nan", (), [], {}, ("x",), (1, 2),
)  # fmt: skip
_WORD = re.compile(rb"-?\d+(?:\.\d+)*|[A-Za-z_][\w.:/-]*|[0-9A-Fa-f:]+")


def mutated(recording: Recording, chance: random.Random) -> tuple[Evidence, ...]:
    """The recording's evidence with some of it as no honest device would have answered."""
    items = list(recording.evidence)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(items))
        items[at] = chance.choice(_WAYS)(items[at], recording, chance)
    return tuple(items)


def _raw(item: Evidence, recording: Recording, chance: random.Random) -> Evidence:
    """Other bytes, read by the parsers."""
    data = item.stdout
    for _ in range(chance.randint(1, 8)):
        data = chance.choice(_BYTES)(data, chance)
    changed = replace(item, stdout=data, truncated=item.truncated or chance.random() < 0.2)
    return reread(changed, recording.inventory)


def _word(data: bytes, chance: random.Random) -> bytes:
    """One word or number replaced, as a rule within a line that stays."""
    found = list(_WORD.finditer(data[:200_000]))
    if not found:
        return chance.choice(HOSTILE).encode()
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(HOSTILE).encode() + data[one.end() :]


def _numbers(data: bytes, chance: random.Random) -> bytes:
    """Every number that stands behind the same name replaced."""
    names = re.findall(rb'"?([A-Za-z_]\w*)"?\s*[:= ]\s*\d', data[:200_000])
    if not names:
        return _word(data, chance)
    hostile = chance.choice(HOSTILE).encode()
    pattern = rb'("?' + re.escape(chance.choice(names)) + rb'"?\s*[:= ]\s*)-?[\d.]+'
    return re.sub(pattern, lambda found: found[1] + hostile, data)


def _byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    other = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
    return data[:at] + other + data[at + chance.randint(0, 8) :]


def _lines(data: bytes, chance: random.Random) -> bytes:
    """Lines dropped, repeated, swapped."""
    lines = data.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(3)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(other, lines[at])
    else:
        lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def _end(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _json(data: bytes, chance: random.Random) -> bytes:
    """One value of a JSON document replaced by one of another kind."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _word(data, chance)
    places = list(_places(document))
    if places:
        holder, key = chance.choice(places)
        holder[key] = chance.choice(
            (None, [], {}, [[]], True, -1, 1 << 70, 1e308, *HOSTILE[:30], {"a": {"b": []}})
        )
    return json.dumps(document).encode("utf-8", "replace")


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys = (
        document.keys()
        if isinstance(document, dict)
        else range(len(document))
        if isinstance(document, list)
        else ()
    )
    for key in keys:
        yield document, key
        yield from _places(document[key])


def _record(item: Evidence, recording: Recording, chance: random.Random) -> Evidence:
    """One field of records replaced, as far as what guards the parsers lets it in."""
    if not item.records:
        return item
    records = list(item.records)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(records))
        name = chance.choice(fields(records[at])).name
        records[at] = _with(records[at], name, chance)
    reading = kept(ParseResult(tuple(records)))
    return replace(item, records=reading.records, unread=(*item.unread, *reading.unread))


def _with(record: Any, name: str, chance: random.Random) -> Any:
    try:
        return replace(record, **{name: chance.choice(VALUES)})
    except (ValueError, TypeError, AttributeError):
        return record


def _whole(item: Evidence, recording: Recording, chance: random.Random) -> Evidence:
    """What stands around the answer: status, exit status, times, what was reported twice or not
    at all."""
    kind = chance.randrange(4)
    if kind == 0:
        return replace(
            item,
            status=chance.choice(list(Status)),
            records=item.records if chance.random() < 0.5 else (),
        )
    if kind == 1:
        return replace(item, records=item.records * 2)
    if kind == 2:
        return replace(item, records=tuple(chance.sample(item.records, len(item.records))))
    failed = replace(
        item,
        stderr=chance.choice(HOSTILE).encode(),
        exit_status=chance.choice((1, 2, 124, 127, 255)),
    )
    return reread(failed, recording.inventory)


Mutation = Callable[[Evidence, Recording, random.Random], Evidence]
_BYTES: tuple[Callable[[bytes, random.Random], bytes], ...]
_BYTES = (_word, _word, _numbers, _byte, _lines, _end, _json, _json)
_WAYS: tuple[Mutation, ...] = (_raw, _raw, _raw, _record, _record, _whole)
