"""Who wrote the lines of a pasted log? A collector keeps those of many machines, and each line
names its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Question
from collectors.model.records import LogLine, Record

# Nov 30 10:44:15 web3 kernel: ... / 2026-11-30T10:44:15.120311+00:00 web3.example.net ulogd[77]:
# ...
_HOST = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} +\d{1,2} [\d:]{8}(?:\.\d{1,9})?"
    r"|\d{4}-\d\d-\d\dT[\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)?) "
    r"(?P<host>[A-Za-z][\w.-]{0,62}) (?:kernel|[\w.-]{1,40}(?:\[\d{1,10}\])?): "
)


def by_writers(items: Iterable[Evidence]) -> Iterator[Evidence]:
    """The evidence, log lines under the names of those who wrote them.

    Lines that all name one other machine are left to a device that showed more than logs: its
    prompt may say another name than its log.
    """
    every = tuple(items)
    showed_more = {item.device for item in every if item.question is not Question.LOGS}
    for item in every:
        if item.question is Question.LOGS:
            yield from _by_writer(item, left_to_it=item.device in showed_more)
        else:
            yield item


def _by_writer(item: Evidence, *, left_to_it: bool) -> Iterator[Evidence]:
    """One log; `left_to_it`: lines that all name the same machine stay where they are."""
    groups = _groups(item)
    writers = groups.keys() - {item.device}
    one_name = len(groups) < 2
    if not writers or (one_name and left_to_it):
        yield item
        return
    for name, records in groups.items():
        yield _of(item, name, records)


def _of(item: Evidence, name: str, records: list[Record]) -> Evidence:
    return replace(item, query=replace(item.query, device=name), records=tuple(records))


def _groups(item: Evidence) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in item.records:
        found.setdefault(_writer(record, item.device), []).append(record)
    return found


def _writer(record: Record, device: str) -> str:
    """The host in the line; the device itself where it is the same, in short or in full, or
    none."""
    named = _HOST.match(record.text) if isinstance(record, LogLine) else None
    if named is None or _short(named["host"]) == _short(device):
        return device
    return named["host"]


def _short(name: str) -> str:
    return name.partition(".")[0].lower()
