"""The twelve points: what each asks, and which answers of which devices it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from collectors.model.evidence import Question
from workbench.report.checklist.facts import Ways

_FILTERS = (Question.FILTER, Question.FILTER_IPTABLES, Question.FILTER_LEGACY)
_ROUTES = (Question.ROUTE_CHOICE, Question.ROUTES)
_NEXT_HOPS = (Question.NEXTHOP_SETS, Question.ROUTES, Question.ROUTE_CHOICE)
TRACKING = (Question.SESSION_STATS, *_FILTERS, Question.LOGS)


@dataclass(frozen=True, slots=True)
class Need:
    """One device whose answer to any of these questions a point needs. `never`: why there can be
    none; then nobody is asked."""

    device: str
    questions: tuple[Question, ...] = ()
    never: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the plan."""

    number: int
    title: str
    asks: str
    needs: Callable[[Ways], Iterable[Need]] | None = None  # None = no answer of a device does it


def _end(name: str, what: str, questions: tuple[Question, ...]) -> Need:
    return Need(name, questions) if name else Need(what, never=f"{what} is not known")


def _client(*questions: Question) -> Callable[[Ways], Iterable[Need]]:
    return lambda ways: [_end(ways.client, "the client", questions)]


def _server(*questions: Question) -> Callable[[Ways], Iterable[Need]]:
    return lambda ways: [_end(ways.server, "the server", questions)]


def _both_ends(questions: tuple[Question, ...]) -> Callable[[Ways], Iterable[Need]]:
    return lambda ways: chain(_client(*questions)(ways), _server(*questions)(ways))


def _everyone(questions: tuple[Question, ...]) -> Callable[[Ways], Iterable[Need]]:
    """Every device of both directions, and what is not known of them."""

    def needs(ways: Ways) -> Iterator[Need]:
        if not ways.devices:
            yield Need("", never="no path is known yet")
        yield from (Need(name, questions) for name in ways.devices)
        yield from _not_known(ways)

    return needs


def _not_known(ways: Ways) -> Iterator[Need]:
    yield from (Need(name, never=f"{name} cannot be asked") for name in ways.dark)
    yield from (Need(what, never=f"{what} is not known") for what in ways.unknown)


def _tracking(ways: Ways) -> Iterator[Need]:
    """Who keeps state; where nobody is seen to, everybody, to know that."""
    if not ways.stateful:
        yield from _everyone(TRACKING)(ways)
        return
    yield from (Need(name, TRACKING) for name in ways.stateful)
    yield from _not_known(ways)


def _members(ways: Ways) -> Iterator[Need]:
    """Every member of the state groups on the paths: the very session, looked up on each."""
    if not ways.devices:
        yield Need("", never="no path is known yet")
    groups = {one.group for one in ways.boundaries if one.group}
    members = [one.device for one in ways.boundaries if one.group in groups]
    alone = [name for name in ways.stateful if name not in members]
    yield from (Need(name, (Question.SESSIONS,)) for name in (*members, *alone))
    yield from _not_known(ways)


POINTS = (
    Point(1, "One failing flow", "Which addresses, ports and protocol, and when did it fail?"),
    Point(
        2,
        "Capture at the client",
        "Does the first packet leave, and does an answer come back?",
        _client(Question.CAPTURE),
    ),
    Point(
        3,
        "Capture at the server",
        "Does the first packet arrive, and does the server answer?",
        _server(Question.CAPTURE),
    ),
    Point(
        4,
        "Routes at both ends",
        "By which interface and gateway does each end send?",
        _both_ends(_ROUTES),
    ),
    Point(
        5,
        "Policy rules at both ends",
        "Does a rule, a mark or another table override the route?",
        _both_ends((Question.RULES,)),
    ),
    Point(
        6,
        "Reverse-path checks",
        "Is a strict check on where the flow comes in?",
        _everyone((Question.SETTINGS,)),
    ),
    Point(
        7,
        "Packets that fit no session",
        "Do counters or logs of the stateful devices show them?",
        _tracking,
    ),
    Point(
        8,
        "Equal-cost next hops",
        "Where does a hash choose, and does one branch fail?",
        _everyone(_NEXT_HOPS),
    ),
    Point(
        9,
        "Shared state",
        "Is this session on every member of a state group?",
        _members,
    ),
    Point(
        10,
        "Test with one path",
        "Does the flow work when both directions take the same devices?",
    ),
    Point(
        11,
        "The permanent repair",
        "One path for both directions, shared state, or no state: what was chosen, and what shows"
        " that it works?",
    ),
    Point(12, "What to watch", "Which signal shows it in minutes next time?"),
)
BY_NUMBER = {point.number: point for point in POINTS}
