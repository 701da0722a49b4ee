"""What changed in the routing tables while the run watched? A route that moved is half of the
answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    addresses: set[Address] = set()
    for flow in (*findings.flows, findings.case.flow):
        addresses |= {flow.src, flow.dst}
    found: list[Change] = []
    for device in findings.case.inventory.devices:
        found += _of(findings.case, device.name, frozenset(addresses))
    return tuple(found)


def moved_unwatched(findings: Findings) -> tuple[Change, ...]:
    """Of these changes those on the flow's path that no capture has watched since."""
    on_the_path = {*findings.forward.names, *findings.reverse.names}
    found = []
    for change in route_changes(findings):
        if change.device in on_the_path and not _watched_since(findings.case, change.device):
            found.append(change)
    return tuple(found)


def _watched_since(case: Case, moved: str) -> bool:
    """Was a capture taken after the device's routes were read last?"""
    read = _samples(case, moved)[-1].taken_at
    for device in case.inventory.devices:
        if any(item.taken_at > read for item in case.answers(device.name, Question.CAPTURE)):
            return True
    return False


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
    first, last = samples[0], samples[-1]
    before, after = _covering(first, addresses), _covering(last, addresses)
    gone = [(route, "went") for route in before if route not in after]
    new = [(route, "came") for route in after if route not in before]
    for route, what in gone + new:
        words = f"table {route.table}: {route_words(route)} {what} during the run"
        yield Change(device, words, (first.id, last.id))


def _covering(sample: Evidence, addresses: frozenset[Address]) -> tuple[Route, ...]:
    routes = sample.of(Route)
    return tuple(route for route in routes if _leads_to_one(route, addresses))


def _leads_to_one(route: Route, addresses: Iterable[Address]) -> bool:
    return any(address in route.destination for address in addresses)
