"""Does a node say that nobody serves the service? kube-proxy writes a rule for each that has no
endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.records import FilterRule
from workbench.analysis.case.case import FILTERS
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.matching import SOMEWHERE, PacketUnderTest, applies
from workbench.analysis.diagnosis.context import Context


@dataclass(frozen=True, slots=True)
class NoBackends:
    """A node that refuses what is for a service, because no pod of it is ready."""

    device: str
    service: str
    rule: FilterRule
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentence."""
        return (
            f"{self.device}: {filter_words(self.rule.text) or 'a rule'} says that {self.service}"
            " has no endpoints"
        )


def no_backends(context: Context) -> NoBackends | None:
    """The rule that says so of the flow's own destination."""
    tested = PacketUnderTest(
        context.flow, SOMEWHERE, state="new", flags="S" if context.tcp else None
    )
    for device, rule, number in _rules(context):
        service = rule.meaning.unserved
        of_a_port = any(match.field == "dport" for match in rule.matches)
        if service is None or not of_a_port:
            continue
        if applies(context.case, device, rule, tested) is not False:
            return NoBackends(device, service, rule, (number,))
    return None


def _rules(context: Context) -> Iterator[tuple[str, FilterRule, str]]:
    """The rules that refuse, of every device."""
    for device in context.case.inventory.devices:
        for question in FILTERS:
            for rule, item in context.case.all_records(device.name, question, FilterRule):
                if rule.verdict in ("reject", "drop"):
                    yield device.name, rule, item.id
