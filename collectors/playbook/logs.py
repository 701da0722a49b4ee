"""Did a firewall log that it dropped this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question
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
    if unusable(evidence):
        return unusable(evidence) or ""
    lines = [line for line in evidence.of(LogLine) if _of_the_flow(line, evidence.params)]
    closed = [place.name for place in evidence.of(LogPlace) if not place.readable]
    aside = f" Not readable: {', '.join(closed[:4])}." if closed else ""
    if any(line.prefix == TABLE_FULL for line in evidence.of(LogLine)):
        return (
            f"The kernel says that its table of sessions is full and that it drops packets.{aside}"
        )
    if not lines:
        read = (
            ", ".join(place.name for place in evidence.of(LogPlace) if place.readable) or "The logs"
        )
        return (
            f"{read}: nothing of this flow; few firewalls log every drop, so this clears"
            f" no device.{aside}"
        )
    count = "One log line tells" if len(lines) == 1 else f"{len(lines)} log lines tell"
    return f"{count} of packets of this flow{_labels(lines)}. {_newest(lines[-1])}{aside}"


def _of_the_flow(line: LogLine, params: QueryParams) -> bool:
    """Of a pasted log it is not known what was looked for: all of it counts."""
    wanted = params.flows or ((params.flow, params.flow.reversed()) if params.flow else ())
    return not wanted or (line.flow is not None and any(flow.covers(line.flow) for flow in wanted))


def _labels(lines: Iterable[LogLine]) -> str:
    found = dict.fromkeys(line.prefix.strip() for line in lines if line.prefix.strip())
    return f", labelled {', '.join(list(found)[:6])}" if found else ", without a label"


def _newest(line: LogLine) -> str:
    """The guide's reading of such a line."""
    if line.flow is None:
        return ""
    answer = line.flags.replace(".", "") == "S" and "." in line.flags
    what = "A SYN-ACK" if answer else "A SYN" if line.flags == "S" else "A packet"
    where = f" came in on {line.iif}" if line.iif else " was met"
    words = f"{what} of {line.flow}{where}"
    if "INVALID" not in f"{line.prefix} {line.text}".upper():
        return f"{words}."
    return f"{words} and was called INVALID: it fits no session known here" + (
        ", so its SYN took another way." if answer else "."
    )


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
