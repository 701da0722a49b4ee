"""The BSDs, macOS and illumos: what their `ifconfig`, `netstat`, `route` and `arp` print. Pasted
outputs only."""

from __future__ import annotations

from collections.abc import Callable

from collectors.model.answer import Answer, Output, ParseResult
from collectors.model.evidence import QueryParams, Question
from collectors.model.platform import Platform
from collectors.platforms import arp, ifconfig, netstat, netstat_counters
from collectors.platforms.bsd import pf_log, routes
from collectors.platforms.bsd.pasted import PASTED
from collectors.platforms.bsd.remedies import spell
from collectors.platforms.reading import Parse, lines_of, text_of


def not_asked(params: QueryParams) -> None:
    """No command: these systems are read when somebody pastes what they say."""


def of_lines(read: Callable[[list[str]], ParseResult]) -> Parse:
    """A parser of lines as one of outputs."""
    return lambda output, params: read(lines_of(text_of(output.stdout)))


def read_counters(output: Output, params: QueryParams) -> ParseResult:
    """`netstat -i` in any form, or `netstat -s`."""
    text = text_of(output.stdout)
    statistics = netstat_counters.is_statistics(text)
    read = netstat_counters.read_statistics if statistics else netstat_counters.read_interfaces
    return read(lines_of(text))


_SOCKETS = Answer(not_asked, of_lines(netstat.read_sockets))

BSD = Platform(
    "bsd",
    "BSD or macOS",
    "linux",
    {
        Question.INTERFACES: Answer(not_asked, of_lines(ifconfig.read_interfaces)),
        Question.ROUTES: Answer(not_asked, routes.read_routes),
        Question.ROUTE_CHOICE: Answer(not_asked, routes.read_choice),
        Question.NEIGHBOURS: Answer(not_asked, of_lines(arp.read_neighbours)),
        Question.COUNTERS: Answer(not_asked, read_counters),
        Question.LOGS: Answer(not_asked, of_lines(pf_log.read)),
        Question.LISTENERS: _SOCKETS,
        Question.SOCKETS: _SOCKETS,
    },
    pasted=PASTED,
    typed={Question.ROUTE_CHOICE: "route -n get"},
    spell=spell,
)
