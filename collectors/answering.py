"""From a question to a command and from raw bytes to evidence: the same for SSH, recordings and
pasted output."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.answer import Answer, Output, ParseResult
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.inventory import Device
from collectors.model.platform import Platform
from collectors.platforms import platform_named
from collectors.platforms.reading import attempt, lines_of


class CannotAsk(Exception):
    """The question has no command on this device; the text is one sentence."""


def platform_of(device: Device) -> Platform:
    """Which kind of device is it? Raises CannotAsk."""
    platform = platform_named(device.platform)
    if platform is None:
        raise CannotAsk(f"{device.platform!r} is not a platform that Bothways knows")
    return platform


def answer_for(platform: Platform, query: Query) -> Answer:
    """How does this platform answer this question? Raises CannotAsk."""
    answer = platform.answers.get(query.question)
    if answer is None:
        raise CannotAsk(
            f"{platform.title} has no command for the question {query.question.value!r}"
        )
    return answer


def command_for(answer: Answer, query: Query) -> str:
    """The exact text for this query, before any `sudo`. Raises CannotAsk."""
    try:
        command = answer.command(query.params)
    except (ValueError, TypeError, AttributeError) as error:
        raise CannotAsk(f"this cannot be asked: {error}") from None
    if command is None:
        raise CannotAsk("this question makes no sense here")
    return command


def reading_of(
    platform: Platform, question: Question, output: Output, params: QueryParams
) -> ParseResult:
    """What does this output say, and what in it can be left aside? The parser is asked only when the
    device did not refuse, and nothing that a device says makes it raise."""
    answer = platform.answers[question]
    reading = _read(platform, answer, output, params)
    aside = tuple(line for line in reading.unread if answer.harmless(line))
    return replace(reading, harmless=aside, all_versions=answer.all_versions)


def _read(platform: Platform, answer: Answer, output: Output, params: QueryParams) -> ParseResult:
    if answer.errors_are_answers:
        return attempt(answer.parse, output, params)
    refused = platform.refusal(output)
    if refused and not output.stdout.strip():
        return ParseResult(refused=refused)
    reading = attempt(answer.parse, output, params)
    if refused and not reading.records:
        return ParseResult(unread=reading.unread, refused=refused)
    says_nothing = not any((reading.records, reading.unread, reading.refused))
    return _complaint(output) if says_nothing else reading


def _complaint(output: Output) -> ParseResult:
    """An error with no output at all is not an empty answer."""
    well = output.exit_status in (0, None, 124)
    if well or not output.stderr.strip():
        return ParseResult()
    first = next(iter(lines_of(output.stderr)), "").strip()[:200]
    return ParseResult(refused=f"the command failed: {first}")


def read_output(
    platform: Platform, query: Query, output: Output
) -> tuple[Status, ParseResult, str | None]:
    """How did the question end, what was read, and why not more?"""
    reading = reading_of(platform, query.question, output, query.params)
    if reading.refused:
        return Status.REFUSED, reading, reading.refused
    in_part = bool(reading.unread) or reading.cut or output.cut
    if in_part and not reading.records:
        return Status.UNPARSED, reading, _nothing_read(reading)
    return Status.ANSWERED, reading, None


def as_read(evidence: Evidence, platform: Platform) -> Evidence:
    """The same answer with what is read in its raw bytes now, and how its question ended."""
    output = Output(evidence.stdout, evidence.stderr, evidence.exit_status, evidence.truncated)
    status, reading, reason = read_output(platform, evidence.query, output)
    return replace(
        evidence,
        status=status,
        records=reading.records,
        unread=reading.unread,
        harmless=reading.harmless,
        all_versions=reading.all_versions,
        reason=reason,
        truncated=evidence.truncated or reading.cut,
    )


def _nothing_read(reading: ParseResult) -> str:
    if not reading.unread:
        return "the answer was cut before anything in it could be read"
    return f"{len(reading.unread)} lines could not be read"


def not_asked(query: Query, reason: str, status: Status = Status.NOT_ASKED) -> Evidence:
    """Evidence that a question was not put, and why."""
    return Evidence(id="", query=query, status=status, reason=reason)
