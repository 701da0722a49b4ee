"""What changed in the routing tables while the run watched? A route that moved is half of the
answer."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.records import Route
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Change
from workbench.analysis.case.wording import route_words


def route_changes(findings: Findings) -> tuple[Change, ...]:
    """Routes to an end of the flow, translated or not, that came or went between a device's two
    samples."""
    case = findings.case
    addresses = frozenset(
        address for flow in (*findings.flows, case.flow) for address in (flow.src, flow.dst)
    )
    return tuple(
        change for device in case.inventory.devices for change in _of(case, device.name, addresses)
    )


def moved_unwatched(findings: Findings) -> tuple[Change, ...]:
    """Of these changes those on the flow's way that no capture has watched since."""
    case, on_the_way = findings.case, {*findings.forward.names, *findings.reverse.names}
    moved = [change for change in route_changes(findings) if change.device in on_the_way]
    return tuple(change for change in moved if not _watched_since(case, change.device))


def _watched_since(case: Case, moved: str) -> bool:
    read = _samples(case, moved)[-1].taken_at
    captures = (
        item
        for device in case.inventory.devices
        for item in case.answers(device.name, Question.CAPTURE)
    )
    return any(item.taken_at > read for item in captures)


def outdated(case: Case, item: Evidence, address: Address) -> bool:
    """Did the device's routes to the address change after it gave this answer?"""
    samples = _samples(case, item.device)
    if len(samples) < 2 or item.taken_at >= samples[-1].taken_at:
        return False
    key = ("moved", item.device, address)
    if key not in case.memo:
        case.memo[key] = any(_of(case, item.device, frozenset({address})))
    return bool(case.memo[key])


def _samples(case: Case, device: str) -> list[Evidence]:
    answers = case.answers(device, Question.ROUTES)
    return [item for item in answers if item.whole]


def _of(case: Case, device: str, addresses: frozenset[Address]) -> Iterator[Change]:
    samples = _samples(case, device)
    if len(samples) < 2:
        return
    before, after = (_covering(sample, addresses) for sample in (samples[0], samples[-1]))
    evidence = (samples[0].id, samples[-1].id)
    for words, gone, came in (("went", before, after), ("came", after, before)):
        for route in gone:
            if route not in came:
                yield Change(
                    device,
                    f"table {route.table}: {route_words(route)} {words} during the run",
                    evidence,
                )


def _covering(sample: Evidence, addresses: frozenset[Address]) -> tuple[Route, ...]:
    return tuple(
        route
        for route in sample.of(Route)
        if any(
            one.version == route.destination.version and one in route.destination
            for one in addresses
        )
    )
