"""Windows: what its tools print, in any language. Pasted outputs only."""

from __future__ import annotations

from collectors.model.answer import Answer, Output, ParseResult
from collectors.model.evidence import QueryParams, Question
from collectors.model.platform import Platform
from collectors.platforms import arp, netstat
from collectors.platforms.reading import lines_of, text_of
from collectors.platforms.windows import interfaces, pings, powershell, routes, traces
from collectors.platforms.windows.pasted import PASTED
from collectors.platforms.windows.remedies import spell


def not_asked(params: QueryParams) -> None:
    """No command: Windows is read when somebody pastes what it says."""


def read_neighbours(output: Output, params: QueryParams) -> ParseResult:
    """`arp -a`, or `Get-NetNeighbor`."""
    text = text_of(output.stdout)
    if "LinkLayerAddress" in text[:20_000]:
        return powershell.read_neighbours(output, params)
    return arp.read_neighbours(lines_of(text))


def read_interfaces(output: Output, params: QueryParams) -> ParseResult:
    """`ipconfig`, or `Get-NetIPAddress`."""
    listed = "PrefixLength" in text_of(output.stdout[:20_000])
    return (powershell.read_addresses if listed else interfaces.read_interfaces)(output, params)


def read_sockets(output: Output, params: QueryParams) -> ParseResult:
    """`netstat`, or `Get-NetTCPConnection`."""
    text = text_of(output.stdout)
    if "LocalPort" in text[:20_000]:
        return powershell.read_sockets(output, params)
    return netstat.read_sockets(lines_of(text))


_SOCKETS = Answer(not_asked, read_sockets)

WINDOWS = Platform(
    "windows",
    "Windows",
    "linux",
    {
        Question.INTERFACES: Answer(not_asked, read_interfaces),
        Question.ROUTES: Answer(not_asked, routes.read_routes),
        Question.NEIGHBOURS: Answer(not_asked, read_neighbours),
        Question.LISTENERS: _SOCKETS,
        Question.SOCKETS: _SOCKETS,
        Question.PING: Answer(not_asked, pings.read_ping),
        Question.TRACE: Answer(not_asked, traces.read_trace),
        Question.CONNECT: Answer(not_asked, powershell.read_connection),
    },
    pasted=PASTED,
    typed={Question.ROUTE_CHOICE: "Find-NetRoute"},
    spell=spell,
)
