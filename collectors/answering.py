"""From a question to a command and from raw bytes to evidence: the same for SSH, recordings and
pasted output."""

from __future__ import annotations

from collectors.model.answer import Answer, Output, Reading, Unparsed
from collectors.model.evidence import Evidence, Inquiry, Status
from collectors.model.inventory import Device
from collectors.platforms import platform_named


class CannotAsk(Exception):
    """The question has no command on this device; the text is one sentence."""


def answer_for(device: Device, inquiry: Inquiry) -> Answer:
    """How does this device's platform answer this question? Raises CannotAsk."""
    platform = platform_named(device.platform)
    if platform is None:
        raise CannotAsk(f"{device.platform!r} is not a platform that Bothways knows")
    answer = platform.answers.get(inquiry.question)
    if answer is None:
        raise CannotAsk(
            f"{platform.title} has no command for the question {inquiry.question.value!r}"
        )
    return answer


def command_for(answer: Answer, inquiry: Inquiry) -> str:
    """The exact text for this inquiry, before any `sudo`. Raises CannotAsk."""
    try:
        command = answer.command(inquiry.about)
    except (ValueError, TypeError, AttributeError) as error:
        raise CannotAsk(f"this cannot be asked: {error}") from None
    if command is None:
        raise CannotAsk("this question makes no sense here")
    return command


def read_output(
    answer: Answer, inquiry: Inquiry, output: Output
) -> tuple[Status, Reading, str | None]:
    """What do these raw bytes say? A parser that crashes is UNPARSED, never the end of the run."""
    try:
        reading = answer.parse(output, inquiry.about)
    except Unparsed as line:
        return Status.UNPARSED, Reading(unread=(str(line)[:2000],)), "a line could not be read"
    except Exception as error:  # noqa: BLE001 (a parser met something nobody thought of)
        return Status.UNPARSED, Reading(), f"the parser failed: {type(error).__name__}"
    if reading.refused:
        return Status.REFUSED, reading, reading.refused
    if (reading.unread or reading.cut or output.cut) and not reading.records:
        return Status.UNPARSED, reading, _nothing_read(reading)
    return Status.ANSWERED, reading, None


def _nothing_read(reading: Reading) -> str:
    if not reading.unread:
        return "the answer was cut before anything in it could be read"
    return f"{len(reading.unread)} lines could not be read"


def not_asked(inquiry: Inquiry, reason: str, status: Status = Status.NOT_ASKED) -> Evidence:
    """Evidence that a question was not put, and why."""
    return Evidence(id="", inquiry=inquiry, status=status, reason=reason)
