"""How old are the lines of a pasted log? By what was pasted with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Question
from collectors.model.records import LogLine, Record
from collectors.paste.escapes import without_escapes
from collectors.paste.moments import StatedTimes, age_of, stated_times
from workbench.incidents.pasted.piece_text import text_of


def aged(items: Iterable[Evidence], texts: Iterable[tuple[str, bytes]]) -> Iterator[Evidence]:
    """The evidence of one paste, its log lines with their age; `texts` are all its pieces, each
    with its device."""
    pieces: dict[str, list[str]] = {}
    for device, content in texts:
        pieces.setdefault(device, []).append(without_escapes(text_of(content)))
    for item in items:
        of_a_log = item.question is Question.LOGS
        yield _with_ages(item, stated_times(pieces.get(item.device, ()))) if of_a_log else item


def _with_ages(item: Evidence, known: StatedTimes) -> Evidence:
    return replace(item, records=tuple(_aged(record, known) for record in item.records))


def _aged(record: Record, known: StatedTimes) -> Record:
    if not isinstance(record, LogLine):
        return record
    return replace(record, age=age_of(record.text, known, record.time))
