"""Did a firewall log that it dropped this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.records import LogLine, LogPlace
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.model.words import TABLE_FULL
from collectors.playbook.audience import counted, flows_of, involved, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device on the way, before the window and after it: only a line that is new tells of
    what we watched."""
    for query in counted(involved(view), Question.LOGS, run_phase, STEP.id):
        yield replace(query, params=replace(query.params, flow=view.flow, flows=flows_of(view)))


def meaning(evidence: Evidence) -> str:
    """The newest lines about this flow, as the device labels them."""
    if without_answer := unusable(evidence):
        return without_answer
    logged = evidence.of(LogLine)
    aside = _not_readable(evidence.of(LogPlace))
    if any(line.prefix == TABLE_FULL for line in logged):
        full = "The kernel says that its table of sessions is full and that it drops packets."
        return f"{full}{aside}"
    wanted = _asked_about(evidence.params)
    lines = [line for line in logged if _is_about(line, wanted)]
    if not lines:
        return f"{_nothing(evidence.of(LogPlace))}{aside}"
    count = "One log line tells" if len(lines) == 1 else f"{len(lines)} log lines tell"
    return f"{count} of packets of this flow{_labels(lines)}. {_newest(lines[-1])}{aside}"


def _not_readable(places: Iterable[LogPlace]) -> str:
    closed = [place.name for place in places if not place.readable]
    if not closed:
        return ""
    return f" Not readable: {', '.join(closed[:4])}."


def _nothing(places: Iterable[LogPlace]) -> str:
    read = ", ".join(place.name for place in places if place.readable)
    return (
        f"{read or 'The logs'}: nothing of this flow; few firewalls log every drop, so this"
        " clears no device."
    )


def _asked_about(params: QueryParams) -> tuple[Flow, ...]:
    """Nothing where it is not known: a pasted log does not say what was looked for."""
    if params.flows or params.flow is None:
        return params.flows
    return (params.flow, params.flow.reversed())


def _is_about(line: LogLine, wanted: tuple[Flow, ...]) -> bool:
    """Of a pasted log it is not known what was looked for: all of it counts."""
    if not wanted:
        return True
    if line.flow is None:
        return False
    return any(flow.covers(line.flow) for flow in wanted)


def _labels(lines: Iterable[LogLine]) -> str:
    prefixes = (line.prefix.strip() for line in lines)
    found = dict.fromkeys(prefix for prefix in prefixes if prefix)
    return f", labelled {', '.join(list(found)[:6])}" if found else ", without a label"


def _newest(line: LogLine) -> str:
    """The guide's reading of such a line."""
    if line.flow is None:
        return ""
    answers = _is_answer(line)
    where = f" came in on {line.iif}" if line.iif else " was met"
    words = f"{_kind(line, answers)} of {line.flow}{where}"
    if "INVALID" not in f"{line.prefix} {line.text}".upper():
        return f"{words}."
    end = ", so its SYN took another way." if answers else "."
    return f"{words} and was called INVALID: it fits no session known here{end}"


def _is_answer(line: LogLine) -> bool:
    """Is it a SYN-ACK?"""
    acknowledges = "." in line.flags
    return acknowledges and line.flags.replace(".", "") == "S"


def _kind(line: LogLine, answers: bool) -> str:
    if answers:
        return "A SYN-ACK"
    return "A SYN" if line.flags == "S" else "A packet"


STEP = Step(
    id="logs",
    title="Firewall log lines",
    question="Did a device log that it refused packets of this flow?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.BEFORE, RunPhase.AFTER),
    queries=queries,
    answers=(Question.LOGS,),
    task=11,
    meaning=meaning,
    decision=(
        "A SYN-ACK logged as INVALID is asymmetry until proven otherwise: find where its SYN went."
    ),
)
