"""All that is known of one kind of device. General code asks the listed platforms and knows none of
them by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from collectors.model.answer import Answer, Output
from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.grammar import Grammar
from collectors.model.login import LoginCommands
from collectors.model.pasted import PastedForms
from collectors.model.remedy import Spell, spells_nothing


def no_name(meaning: CounterMeaning, version: int | None = None) -> str | None:
    """Nothing is known of how this kind of device calls its counters."""
    return None


def no_refusal(output: Output) -> str | None:
    """Nothing is known of how this kind of device says no."""
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Platform:
    """One kind of device. `netmiko` is Netmiko's device_type; `exec_channel` = a channel of its own
    per command."""

    name: str
    title: str
    netmiko: str
    answers: Mapping[Question, Answer] = field(default_factory=dict)
    exec_channel: bool = True
    # what may be sent to it: everything else is refused
    grammar: Grammar = Grammar()
    # what is asked of every device of this kind when it is logged in to
    login: LoginCommands = LoginCommands()
    # does this output say that the device may not or cannot? In one sentence
    refusal: Callable[[Output], str | None] = no_refusal
    # how texts that people paste of it are recognised
    pasted: PastedForms = PastedForms()
    # what people type for a question, as sentences name it: `ip route get`
    typed: Mapping[Question, str] = field(default_factory=dict)
    # how a remedy is written in its commands; None = there is no command for it
    spell: Spell = spells_nothing
    # how it calls the counter of a meaning, for one version of IP; None = it has none
    counter_name: Callable[[CounterMeaning, int | None], str | None] = no_name
