"""Who decides that the two directions part: a policy rule, a per-flow hash, or a plain route."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workbench.analysis.facts.gateways import shared_at
from workbench.analysis.facts.routing import by_policy, departure, hash_between, main_route
from workbench.analysis.facts.scene import Scene
from workbench.analysis.findings import Hop


class Means(StrEnum):
    """By what the way is chosen."""

    RULE = "policy rule"
    HASH = "per-flow hash"
    ROUTE = "route"
    GATEWAY = "gateway address that two devices claim"


@dataclass(frozen=True, slots=True)
class Decider:
    """The hop that sends the packets to the wrong place, and by what."""

    hop: Hop
    means: Means

    @property
    def name(self) -> str:
        """Which device."""
        return self.hop.name

    @property
    def text(self) -> str:
        """In words."""
        if self.means is Means.GATEWAY:
            return f"two devices claim {self.hop.next_hop}, the gateway that {self.name} uses"
        if self.means is Means.HASH:
            return f"{self.name} spreads flows over {len(self.hop.branches)} next hops by a hash"
        return f"{self.name} chose the way: {self.hop.decided or f'via {self.hop.next_hop}'}"


def decider(scene: Scene, guilty: str) -> Decider | None:
    """Who sends the packets to that device, while the other direction goes elsewhere?"""
    parting = departure(scene.findings)
    if parting is not None and policy_deviates(scene, parting):
        return Decider(parting, Means.RULE)
    if parting is not None and shared_at(scene, parting) is not None:
        return Decider(parting, Means.GATEWAY)
    hashing = hash_between(scene.findings, guilty)
    if hashing is not None:
        return Decider(hashing, Means.HASH)
    return Decider(parting, Means.ROUTE) if parting is not None else None


def policy_deviates(scene: Scene, hop: Hop) -> bool:
    """Did a policy rule send the packet another way than the main table would have?"""
    if hop.device is None or not by_policy(hop):
        return False
    plain = main_route(scene.case, hop.device, hop.flow_out.dst)
    if plain is None:
        return True
    return all((n.gateway, n.interface) != (hop.next_hop, hop.oif) for n in plain.next_hops)
