"""Which branch each of many source ports takes: one batch, one answer per port."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.records import RouteChoice
from collectors.platforms.linux import route_text
from collectors.platforms.linux.routes import packet
from collectors.platforms.linux.shell import script
from collectors.platforms.reading import lines_of, text_of


def runs(ports: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The ports as (first, last, step) with constant steps, in their order."""
    at = 0
    while at < len(ports):
        end = at + 1
        step = ports[end] - ports[at] if end < len(ports) else 1
        while step > 0 and end < len(ports) and ports[end] - ports[end - 1] == step:
            end += 1
        yield ports[at], ports[end - 1], max(step, 1)
        at = end


def ask_spread(params: QueryParams) -> str | None:
    """`ip route get` for every port of `about.ports`, in the place of the port that the flow does
    not name.

    On the way back that is the destination's port; where the flow names both, its source port
    varies.
    """
    if not params.flow or not params.ports:
        return None
    varied = "dport" if params.flow.dport is None else "sport"
    flow = params.flow if varied == "dport" else replace(params.flow, sport=None)
    loops = " ".join(
        _loop(run, f"{packet(flow, params)} {varied} $p") for run in runs(params.ports)
    )
    return script(f"{{ {loops} }} | ip -o -d -force -batch -")


def _loop(run: tuple[int, int, int], text: str) -> str:
    first, last, step = run
    if first == last:
        return f'p={first}; echo "{text}";'
    return f'p={first}; while [ $p -le {last} ]; do echo "{text}"; p=$((p+{step})); done;'


def read_spread(output: Output, params: QueryParams) -> ParseResult:
    """Answers come in the order of the ports; a refused one is named by its line on stderr."""
    refused = _refused(text_of(output.stderr))
    answers = iter(lines_of(text_of(output.stdout).replace("\\", " ")))
    records: list[RouteChoice] = []
    unread: list[str] = []
    known: dict[str, RouteChoice] = {}
    for place, port in enumerate(params.ports, 1):
        if place in refused:
            records.append(RouteChoice("unreachable", error=refused[place], sport=port))
        elif (line := next(answers, None)) is not None:
            _one(line, port, known, records, unread)
    return ParseResult(tuple(records), (*unread, *answers))


_PORT = re.compile(r"\b[sd]port \d+\b")  # some versions of ip repeat what was asked


def _one(
    line: str,
    port: int,
    known: dict[str, RouteChoice],
    records: list[RouteChoice],
    unread: list[str],
) -> None:
    shape = _PORT.sub("", line) if "port" in line else line
    try:
        if shape not in known:
            known[shape] = route_text.choice(shape)
        records.append(replace(known[shape], sport=port))
    except (ValueError, IndexError):
        unread.append(line)


def _refused(text: str) -> dict[int, str]:
    """RTNETLINK answers: Network is unreachable / Command failed -:2."""
    found = re.findall(r"RTNETLINK answers: (.+)\nCommand failed -:(\d+)", text)
    return {int(place): words.strip() for words, place in found}
