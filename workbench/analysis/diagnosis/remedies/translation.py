"""Fixes for replies that miss the device that translated the flow."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Address
from collectors.model.remedy import Advice
from collectors.model.remedy.routes import RouteToTranslator
from collectors.model.remedy.translation import (
    ExemptFromTranslation,
    FilterBridgedPackets,
    HideReturningSource,
    HideSource,
)
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint
from workbench.analysis.diagnosis.facts.translation.foreign_answers import Stranger
from workbench.analysis.diagnosis.facts.translation.past_the_translator import Bypass
from workbench.analysis.diagnosis.facts.translation.translators import (
    hides_source,
    to_another_server,
)
from workbench.analysis.diagnosis.remedies.filters import chain_at, mend_acl

_PROOF = (
    "the session on the translator is answered, and the client gets the reply from the address that"
    " it asked"
)


def return_to_translator(found: Bypass) -> Iterator[Fix]:
    """Bring the replies back to the translator."""
    if hides_source(found.translator):
        yield from _route_pool(found)
    if to_another_server(found.translator):
        yield from _server_route(found)
        yield from _hide_source(found, FixClass.SNAT_ON_INGRESS_TRANSLATOR)


def return_to_balancer(found: Bypass) -> Iterator[Fix]:
    """Bring the replies back to the load balancer."""
    yield from _hide_source(found, FixClass.SNAT_ON_LB)
    yield from _server_route(found)


def permit_direct_return(point: DropPoint) -> Iterator[Fix]:
    """Let the filter pass the replies that go past the balancer."""
    if point.explanations:
        yield from mend_acl(point, point.explanations[0])


def _inside(found: Bypass) -> tuple[Address, str] | None:
    """The translator's own address and interface on the server's side."""
    for port in found.context.case.ports_of(found.translator.name):
        if (
            port.interface == found.translator.oif
            and port.address.version == found.context.flow.version
        ):
            return port.address.ip, port.interface or ""
    return None


def _route_pool(found: Bypass) -> Iterator[Fix]:
    inside = _inside(found)
    pool = found.translator.flow_out.src
    if inside is None or found.decided_by is None:
        return
    yield Fix.of(
        FixClass.ROUTE_POOL_TO_TRANSLATOR,
        RouteToTranslator(found.decided_by, pool, inside[0]),
        side_effects=(
            f"needs {found.decided_by} and {found.translator.name} on one link; else route it hop"
            " by hop"
        ),
        proof=_PROOF,
    )
    apart = "give each translator a pool of its own, and route each pool to its translator only"
    yield Fix.of(
        FixClass.SEPARATE_NAT_POOLS,
        Advice(found.translator.device, apart),
        side_effects="sessions that use the old pool break once",
        proof=_PROOF,
    )


def _server_route(found: Bypass) -> Iterator[Fix]:
    inside, server = _inside(found), found.context.server
    client = found.translator.flow_out.src
    if inside is None or server is None:
        return
    yield Fix.of(
        FixClass.SERVER_DEFAULT_ROUTE_VIA_TRANSLATOR,
        RouteToTranslator(server, client, inside[0]),
        side_effects=(
            "covers this client; make it the default route when all clients come through the"
            " translator"
        ),
        proof=_PROOF,
    )


def _hide_source(found: Bypass, kind: FixClass) -> Iterator[Fix]:
    translator = found.translator
    chain = chain_at(found.context, translator.name, "prerouting")
    yield Fix.of(
        kind,
        HideSource(translator.device, translator.flow_out, chain),
        side_effects=f"the server then sees {translator.name}'s address instead of the client's",
        proof=_PROOF,
    )


def keep_source(found: Stranger) -> Iterator[Fix]:
    """Let the answers leave from the address that was asked."""
    if found.translator is None:
        return
    if found.untouched:
        yield from _turn_back(found)
        return
    yield Fix.of(
        FixClass.STATELESS_RULE_FOR_FLOW,
        ExemptFromTranslation(found.translator, found.asked, found.rule),
        side_effects=(
            "answers of this service are not translated any more; sessions that exist keep what"
            " they have"
        ),
        proof=f"a new attempt gets its answers from {found.asked.dst}",
    )


def _turn_back(found: Stranger) -> Iterator[Fix]:
    """Let the answers pass who turned the request: show it what only crosses its bridge, or answer
    it alone."""
    asked, name = found.came.reversed(), found.translator
    proof = f"a new attempt gets its answers from {found.asked.dst}"
    if found.bridge_unseen is not None:
        yield Fix.of(
            FixClass.MAKE_RETURN_PATH_SYMMETRIC,
            FilterBridgedPackets(name, found.bridge_unseen.name),
            side_effects=(
                "everything that crosses a bridge of this device then meets its packet filter and"
                " translation"
            ),
            proof=proof,
        )
    yield Fix.of(
        FixClass.SNAT_ON_INGRESS_TRANSLATOR,
        HideReturningSource(name, asked),
        side_effects=f"{asked.dst} then sees {name}'s address instead of the client's",
        proof=proof,
    )
