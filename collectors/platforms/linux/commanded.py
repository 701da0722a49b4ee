"""What the command line alone tells of a pasted output: the table, the family, the keys of bare
values."""

from __future__ import annotations

import re
from dataclasses import replace

from collectors.model.answer import ParseResult
from collectors.model.evidence import Question
from collectors.model.records import Record, Route
from collectors.platforms.linux import iptables_list, mtr, ping_text, settings, tunnel_links

_TABLE_OF_ROUTES = re.compile(r"\broute\b.*\btable\s+(\w+)")


def _in_its_table(reading: ParseResult, command: str) -> ParseResult:
    """`ip route show table 100` does not repeat the table in its lines."""
    found = _TABLE_OF_ROUTES.search(command)
    if found is None or found[1] == "all":
        return reading
    return replace(reading, records=tuple(_moved(one, found[1]) for one in reading.records))


def _moved(record: Record, table: str) -> Record:
    if not isinstance(record, Route) or record.table != "main":
        return record
    return replace(record, table=table)


_BY_QUESTION = {
    Question.FILTER_IPTABLES: iptables_list.placed,
    Question.FILTER_LEGACY: iptables_list.placed,
    Question.SETTINGS: settings.placed,
    Question.TUNNELS: tunnel_links.placed,
    Question.TRACE: mtr.placed,
    Question.PING: ping_text.placed,
    Question.ROUTES: _in_its_table,
    Question.NEXTHOP_SETS: _in_its_table,
}


def placed(question: Question, reading: ParseResult, command: str) -> ParseResult:
    """The reading with what the command adds to it."""
    add = _BY_QUESTION.get(question)
    if add is None or not command:
        return reading
    return add(reading, command)


# ip -4 route show table 100 root 10.0.0.0/8 dev eth0; `route get` is another question
_LISTED = re.compile(
    r"ip\s(?:.{0,60}\s)?r(?:o(?:u(?:t(?:e)?)?)?)?\s+(?!g(?:et?)?\b)(?P<words>\S.{0,200})"
)
_SHOW = re.compile(r"(?:s(?:h(?:ow?)?)?|l(?:s|ist)?)\b\s*")
_TABLE = re.compile(r"(?:table|vrf)\s+\S+\s*")


def picks(command: str) -> bool:
    """Does it list some of the routes of a table only: by prefix, by interface, by who made
    them?"""
    found = _LISTED.match(command)
    if found is None:
        return False
    chosen = _SHOW.sub("", found["words"], count=1)
    return bool(_TABLE.sub("", chosen).strip())
