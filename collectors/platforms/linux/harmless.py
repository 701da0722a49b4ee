"""Which lines that could not be read cannot belong to the answer? Remarks of tools, headings, what was
pasted with it: everything that does not look like a rule or a route."""

from __future__ import annotations

import re
from collections.abc import Callable

from collectors.model.evidence import Question

# -A INPUT -j ACCEPT, `tcp dport 22 accept`, `DROP all -- 0.0.0.0/0`
_RULE = re.compile(
    r"(?i)^-[AI] |\b(?:accept|drop|reject|jump|goto|return|queue|dnat|snat|masquerade|redirect)\b"
)
# 10.0.0.0/8 via 192.0.2.1 dev eth0; blackhole 10.0.0.0/8; default nhid 7
_ROUTE = re.compile(
    r"\b(?:via|dev|nhid)\s|\"dst\"|directly connected"
    r"|^\s*(?:default|blackhole|unreachable|prohibit|throw)\b|^\s*[\d.]{7,15}/\d"
)
_FILTERS = (Question.FILTER, Question.FILTER_IPTABLES, Question.FILTER_LEGACY)
_TELLING = {**dict.fromkeys(_FILTERS, _RULE), Question.ROUTES: _ROUTE}
# comments, and what only stands above rules
_HEADS = ("#", ":", "*", "Chain ", "chain ", "table ", "type ")


def lines_of(question: Question) -> Callable[[str], bool]:
    """The test of a line for this question."""
    telling = _TELLING.get(question)

    def harmless(line: str) -> bool:
        heads = line.lstrip().startswith(_HEADS)
        return heads or telling is None or not telling.search(line)

    return harmless
