"""Does a node say that nobody serves the service? kube-proxy writes a rule for each that has no
endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.records import FilterRule
from workbench.analysis.case.case import FILTERS
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.matching import SOMEWHERE, Trial, applies
from workbench.analysis.diagnosis.context import Scene

# -A KUBE-SERVICES -d 10.96.0.9/32 .. --comment "shop/cart:http has no endpoints" .. -j REJECT
_SAYS = re.compile(r"(?P<service>[\w./:-]{1,200}) has no (?:local )?endpoints")


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


def no_backends(scene: Scene) -> NoBackends | None:
    """The rule that says so of the flow's own destination."""
    trial = Trial(scene.flow, SOMEWHERE, state="new", flags="S" if scene.tcp else None)
    for device, rule, number in _rules(scene):
        said = _SAYS.search(rule.comment or rule.text)
        ported = any("dport" in match.field for match in rule.matches)
        if said and ported and applies(scene.case, device, rule, trial) is not False:
            return NoBackends(device, said["service"], rule, (number,))
    return None


def _rules(scene: Scene) -> Iterator[tuple[str, FilterRule, str]]:
    """The rules that refuse, of every device."""
    for device in (one.name for one in scene.case.inventory.devices):
        for question in FILTERS:
            for rule, item in scene.case.all_records(device, question, FilterRule):
                if rule.verdict in ("reject", "drop"):
                    yield device, rule, item.id
