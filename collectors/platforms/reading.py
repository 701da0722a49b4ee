"""What all parsers share: text from raw bytes, refusals in words, and lines that are never lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.records import Record
from collectors.platforms.validation import validate_record

LONGEST = 8192  # characters of a line that is read; no tool writes longer ones

WIDEST = 1000  # characters of a line of a table for people

Parse = Callable[[Output, QueryParams], ParseResult]
T = TypeVar("T")

_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|"
    # C0 without tab and line ends, DEL and C1, and what makes text look other than it is: zero width, direction, lines
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
# The same written as JSON escapes: \u001b \n \u202e, and halves of characters (\ud800), which no
# encoding takes.
_ESCAPED = re.compile(
    r"\\(?:(u00[01]\w|u007[fF]|u00[89]\w|u200[b-fB-F]|u202[89a-eA-E]|u206\w|u[fF][eE][fF][fF]|u[dD][89a-fA-F]\w\w|"
    r"[bfnrt])|.)"
)


def text_of(raw: bytes) -> str:
    """The bytes as text; what is not UTF-8 becomes a replacement character, escape sequences
    vanish."""
    return (
        _CONTROL.sub("", raw.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
    )


def lines_of(raw: bytes | str) -> list[str]:
    """The non-empty lines, without trailing blanks."""
    text = raw if isinstance(raw, str) else text_of(raw)
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def attempt(parse: Parse, output: Output, params: QueryParams) -> ParseResult:
    """What the parser makes of it; output that it chokes on is unread, not a crash."""
    try:
        return kept(parse(_in_whole_lines(output), params))
    except Exception:
        # output is hostile: whatever it does to a parser, it is unread, also when pasted
        return _in_part(parse, output, params)


def _in_whole_lines(output: Output) -> Output:
    """Text that was cut ends in half a line, which may read as another whole one: `via 10.0.0.1` of
    `10.0.0.12`."""
    if not output.cut:
        return output
    binary = b"\0" in output.stdout
    if binary or looks_json(text_of(output.stdout[:LONGEST])):
        return output
    end = output.stdout.rfind(b"\n") + 1
    return replace(output, stdout=output.stdout[:end])


def _in_part(parse: Parse, output: Output, params: QueryParams) -> ParseResult:
    """Of JSON that ends too early, the objects that are complete; all else is unread."""
    text = text_of(output.stdout)
    whole, rest = complete(text)
    reading = ParseResult()
    if whole and rest.strip():
        reading = _read_whole(parse, replace(output, stdout=whole.encode()), params)
    if not reading.records:
        return ParseResult(unread=tuple(lines_of(text)))
    return replace(reading, unread=(*reading.unread, rest[:2000]), cut=True)


def _read_whole(parse: Parse, output: Output, params: QueryParams) -> ParseResult:
    try:
        return kept(parse(output, params))
    except Exception:  # output is hostile, as above
        return ParseResult()


# [{..},{.. or {"nftables": [{..},{.. or {"kernel":{"IpInReceives":1,..
_OPENING = re.compile(r'\s*(?:\{\s*"[^"\\]{1,80}"\s*:\s*)?[\[{]')
_CLOSING = str.maketrans("[{", "]}")
MOST_ENTRIES = 300_000  # of a cut list that are read
_SPACE = re.compile(r"[\s,]*")
_NUMBERED = re.compile(r'"[^"\\]{1,80}"\s*:\s*-?\d{1,20}(?=\s*,)')


def complete(text: str) -> tuple[str, str]:
    """JSON that ends too early: what is complete of its outermost list or table, closed properly,
    and the rest.

    An object that was cut is left out whole: without its last fields it would say something else.
    """
    decoder, at = json.JSONDecoder(), _blank(text, 0)
    while at < len(text) and (end := _end_of(decoder, text, at)):
        at = _blank(text, end)
    opening = _OPENING.match(text, at)
    if opening is None:
        return text[:at], text[at:]
    # the outermost and the innermost bracket that are open
    start = opening.group().lstrip()
    brackets = start[0] if len(start) == 1 else start[0] + start[-1]
    last = _last_pair if brackets == "{{" else partial(_last_entry, decoder)
    end = last(text, opening.end())
    closing = brackets[::-1].translate(_CLOSING)
    return text[:end] + closing, text[end:]


def _blank(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end_of(decoder: json.JSONDecoder, text: str, at: int) -> int:
    """Where the value that begins here ends; 0 = it does not."""
    try:
        return decoder.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return 0


def _last_entry(decoder: json.JSONDecoder, text: str, at: int) -> int:
    last = at
    for _ in range(MOST_ENTRIES):
        end = _end_of(decoder, text, at) if at < len(text) else 0
        if not end:
            break
        at, last = _blank(text, end), end
    return last


def _last_pair(text: str, at: int) -> int:
    last = at
    while found := _NUMBERED.match(text, _blank(text, last)):
        last = found.end()
    return last


def kept(reading: ParseResult) -> ParseResult:
    """The reading without records whose fields hold what they cannot hold; those are unread."""
    broken = [record for record in reading.records if not validate_record(record)]
    if not broken:
        return reading
    records = tuple(record for record in reading.records if validate_record(record))
    unread = (*reading.unread, *(repr(record)[:2000] for record in broken))
    return replace(reading, records=records, unread=unread)


def each(
    lines: Iterable[str],
    read: Callable[[str], Iterable[Record] | Record | None],
    longest: int = LONGEST,
) -> ParseResult:
    """Read line by line. None = a known line that says nothing; a line that raises, or is longer,
    is unread."""
    records: list[Record] = []
    unread: list[str] = []
    for line in lines:
        if len(line) > longest:
            unread.append(line[:LONGEST])
            continue
        try:
            found = read(line)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
            unread.append(line)
            continue
        records.extend(_flat(found))
    return ParseResult(tuple(records), tuple(unread))


def _flat(found: Iterable[Record] | Record | None) -> Iterable[Record]:
    if found is None:
        return ()
    return found if isinstance(found, (tuple, list)) else (found,)


def json_values(text: str) -> Iterator[Any]:
    """Every JSON value in the text, one after the other (`ip -batch` and several commands write
    more than one)."""
    decoder, at, text = json.JSONDecoder(), 0, harmless(text)
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        yield value


def harmless(text: str) -> str:
    """JSON whose strings hold no control characters: escapes would bring back what `text_of` took
    out."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: "\\ufffd" if found[1] else found[0], text)


def items(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The objects of JSON lists, flattened; `ip` writes empty objects for what it filtered out."""
    for value in values:
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, dict):
                raise Unparsed(str(item)[:200])
            if item:
                yield item


def each_item(
    values: Iterable[Any], read: Callable[[dict[str, Any]], Iterable[Record] | Record | None]
) -> ParseResult:
    """Read JSON objects one by one; an object that cannot be read is unread as JSON text."""
    records: list[Record] = []
    unread: list[str] = []
    for item in items(values):
        try:
            records.extend(_flat(read(item)))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
            unread.append(json.dumps(item)[:2000])
    return ParseResult(tuple(records), tuple(unread))


def joined(*readings: ParseResult) -> ParseResult:
    """Several readings as one."""
    records: list[Record] = []
    unread: list[str] = []
    refused: str | None = None
    for reading in readings:
        records += reading.records
        unread += reading.unread
        refused = refused or reading.refused
    return ParseResult(tuple(records), tuple(unread), refused)


def looks_json(text: str) -> bool:
    """Is this JSON rather than a table for people?"""
    return text.lstrip()[:1] in ("[", "{")
