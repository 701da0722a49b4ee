"""Reads what a person pasted or uploaded for a device: which question it answers, and what the parser makes of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import replace

from collectors.model.evidence import About, Evidence, Inquiry, Question, Status
from collectors.model.flow import Flow
from collectors.model.paste import command_line, recognise_output, without_prompts
from collectors.model.platform import Answer, Output, Reading
from collectors.platforms import platform_named

LARGEST = 10_000_000  # bytes
_DESTINATION = re.compile(r"\bget\s+(?:to\s+)?(?:fibmatch\s+)?([0-9A-Fa-f:.]+)")
_INTERFACE = re.compile(r"\biif\s+([A-Za-z0-9_.@-]{1,15})")
_MARK = re.compile(r"\bmark\s+(0x[0-9A-Fa-f]{1,8}|\d{1,10})")


class CannotRead(ValueError):
    """It cannot be told what this is; the message says so for the page."""


def read(
    content: bytes, flow: Flow, device: str, person: str, *, question: str = "", platform: str = "", taken_at: float = 0
) -> Evidence:
    """The evidence that a pasted output makes. Raises CannotRead."""
    if not content.strip():
        raise CannotRead("there is nothing in it")
    if len(content) > LARGEST:
        raise CannotRead(f"it is larger than {LARGEST // 1_000_000} MB")
    wanted, answer = _answer(content, question, platform)
    text = content.decode("utf-8", "replace") if wanted is not Question.CAPTURE else ""
    about = _about(wanted, command_line(text) or "", flow)
    reading = _parsed(answer, content, text, about)
    return Evidence(
        id="",
        inquiry=Inquiry(device, wanted, about, step="pasted"),
        status=_status(reading),
        command=command_line(text) or "",
        stdout=content,
        records=reading.records,
        unread=reading.unread,
        reason=reading.refused,
        taken_at=taken_at or time.time(),
        pasted_by=person,
    )


def _answer(content: bytes, question: str, platform: str) -> tuple[Question, Answer]:
    found = recognise_output(content)
    if not question and found is None:
        raise CannotRead("it cannot be told which command this is from: paste the line with the command too, or choose")
    asked = Question(question) if question in set(Question) else found[0] if found else None
    kind = platform_named(platform or (found[1] if found else "linux"))
    answer = kind.answers.get(asked) if kind and asked else None
    if asked is None or answer is None:
        raise CannotRead(f"{(platform or question)[:40]!r} is not something that can be read")
    return asked, answer


def _parsed(answer: Answer, content: bytes, text: str, about: About) -> Reading:
    body = without_prompts(text).encode() if command_line(text) else content
    try:
        return answer.parse(Output(body), about)
    except ValueError as error:  # Unparsed: the line itself
        return Reading(unread=(str(error),))


def _status(reading: Reading) -> Status:
    if reading.refused:
        return Status.REFUSED
    return Status.UNPARSED if reading.unread and not reading.records else Status.ANSWERED


def _about(question: Question, command: str, flow: Flow) -> About:
    """What exactly was asked, as far as the command tells."""
    if question is not Question.ROUTE_CHOICE:
        return About(flow=flow) if question in (Question.NEXTHOP_SETS, Question.TRACE) else About()
    to, iif, mark = (pattern.search(command) for pattern in (_DESTINATION, _INTERFACE, _MARK))
    backwards = to is not None and to.group(1) == str(flow.src)
    return About(
        flow=flow.reversed() if backwards else flow,
        iif=iif.group(1) if iif else None,
        mark=int(mark.group(1), 0) if mark else None,
    )


SAMPLED = frozenset(
    {
        Question.COUNTERS,
        Question.SESSION_STATS,
        Question.FILTER,
        Question.FILTER_IPTABLES,
        Question.FILTER_LEGACY,
    }
)


def sampled(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Of what is counted, the first paste of a device is the sample before, the last one the sample after."""
    items = tuple(evidence)
    return tuple(_with_sample(item, items) for item in items)


def _with_sample(item: Evidence, items: tuple[Evidence, ...]) -> Evidence:
    same = [one for one in items if (one.device, one.question) == (item.device, item.question)]
    if item.question not in SAMPLED or len(same) < 2:
        return item
    sample = "before" if item is same[0] else "after"
    about = replace(item.about, sample=sample)
    return replace(item, inquiry=replace(item.inquiry, about=about))
