"""How tests ask a parser: a question, an output, what was asked about."""

from __future__ import annotations

from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.platform import Platform
from collectors.platforms import PLATFORMS, platform_named
from collectors.platforms.linux import LINUX

NOTHING = QueryParams()
FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
ABOUT = QueryParams(FLOW, "in0", None, FLOW.dst, "eth0", 2.0, (40000, 40001), (FLOW,), "before")
ALL = [(platform.name, question) for platform in PLATFORMS for question in platform.answers]


def platform(name: str) -> Platform:
    found = platform_named(name)
    assert found is not None
    return found


def read(
    question: Question,
    text: str | bytes,
    params: QueryParams = NOTHING,
    stderr: str = "",
    status: int = 0,
) -> ParseResult:
    raw = text.encode() if isinstance(text, str) else text
    return reading_of(LINUX, question, Output(raw, stderr.encode(), status), params)
