"""What the command line alone tells of a pasted output: the table, the family, the keys of bare
values."""

from __future__ import annotations

import re

from collectors.model.answer import ParseResult
from collectors.model.evidence import Question
from collectors.platforms.linux import iptables_list, mtr, ping_text, settings, tunnel_links

_BY_QUESTION = {
    Question.FILTER_IPTABLES: iptables_list.placed,
    Question.FILTER_LEGACY: iptables_list.placed,
    Question.SETTINGS: settings.placed,
    Question.TUNNELS: tunnel_links.placed,
    Question.TRACE: mtr.placed,
    Question.PING: ping_text.placed,
}


def placed(question: Question, reading: ParseResult, command: str) -> ParseResult:
    """The reading with what the command adds to it."""
    add = _BY_QUESTION.get(question)
    return add(reading, command) if add and command else reading


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
    return found is not None and bool(
        _TABLE.sub("", _SHOW.sub("", found["words"], count=1)).strip()
    )
