"""How old are the lines of a pasted log? By what was pasted with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Question
from collectors.model.records import LogLine, Record
from collectors.paste.escapes import without_escapes
from collectors.paste.moments import Told, age_of, told
from collectors.pcap.capture import is_capture


def aged(items: Iterable[Evidence], texts: Iterable[tuple[str, bytes]]) -> Iterator[Evidence]:
    """The evidence of one paste, its log lines with their age; `texts` are all its pieces, each
    with its device."""
    pieces = [
        (device, without_escapes(text.decode("utf-8", "replace"))) for device, text in _read(texts)
    ]
    for item in items:
        if item.question is Question.LOGS:
            known = told(text for device, text in pieces if device == item.device)
            item = replace(item, records=tuple(_aged(record, known) for record in item.records))
        yield item


def _read(texts: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    return ((device, text) for device, text in texts if not is_capture(text))


def _aged(record: Record, known: Told) -> Record:
    return (
        replace(record, age=age_of(record.text, known, record.time))
        if isinstance(record, LogLine)
        else record
    )
