"""What the command line alone tells of a pasted output: the table, the family, the keys of bare values."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.platform import Reading
from collectors.platforms.linux import iptables_list, settings

_BY_QUESTION = {
    Question.FILTER_IPTABLES: iptables_list.placed,
    Question.FILTER_LEGACY: iptables_list.placed,
    Question.SETTINGS: settings.placed,
}


def placed(question: Question, reading: Reading, command: str) -> Reading:
    """The reading with what the command adds to it."""
    add = _BY_QUESTION.get(question)
    return add(reading, command) if add and command else reading
