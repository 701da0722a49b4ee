"""One file per cause. `HYPOTHESES` lists them; ranking asks each of them about every case."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Hypothesis
from workbench.analysis.diagnosis.hypotheses.acl_path import acl_path
from workbench.analysis.diagnosis.hypotheses.asym_stateful_fw import asym_stateful_fw
from workbench.analysis.diagnosis.hypotheses.asym_stateful_half_path import asym_stateful_half_path
from workbench.analysis.diagnosis.hypotheses.duplicate_gateway import duplicate_gateway
from workbench.analysis.diagnosis.hypotheses.ecmp_asym_stateful import ecmp_asym_stateful
from workbench.analysis.diagnosis.hypotheses.ecmp_leg_failure import ecmp_leg_failure
from workbench.analysis.diagnosis.hypotheses.healthy_asymmetric import healthy_asymmetric
from workbench.analysis.diagnosis.hypotheses.healthy_symmetric import healthy_symmetric
from workbench.analysis.diagnosis.hypotheses.host_down import host_down
from workbench.analysis.diagnosis.hypotheses.lb_partial_nat_return import lb_partial_nat_return
from workbench.analysis.diagnosis.hypotheses.midflow_state_loss import midflow_state_loss
from workbench.analysis.diagnosis.hypotheses.nat_return_bypass import nat_return_bypass
from workbench.analysis.diagnosis.hypotheses.no_forward_route import no_forward_route
from workbench.analysis.diagnosis.hypotheses.no_return_route import no_return_route
from workbench.analysis.diagnosis.hypotheses.packet_loss import packet_loss
from workbench.analysis.diagnosis.hypotheses.pbr_wrong_return_gateway import (
    pbr_wrong_return_gateway,
)
from workbench.analysis.diagnosis.hypotheses.pmtud_blackhole import pmtud_blackhole
from workbench.analysis.diagnosis.hypotheses.routing_loop import routing_loop
from workbench.analysis.diagnosis.hypotheses.rp_filter_strict import rp_filter_strict
from workbench.analysis.diagnosis.hypotheses.server_policy_deny import server_policy_deny
from workbench.analysis.diagnosis.hypotheses.service_not_listening import service_not_listening
from workbench.analysis.diagnosis.hypotheses.session_limit import session_limit
from workbench.analysis.diagnosis.hypotheses.stale_neighbour import stale_neighbour
from workbench.analysis.diagnosis.hypotheses.transit_policy_deny import transit_policy_deny
from workbench.analysis.diagnosis.hypotheses.ttl_expired import ttl_expired
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility import (
    unknown_beyond_visibility,
)

Asks = Callable[[Findings], Iterable[Hypothesis]]

HYPOTHESES: tuple[Asks, ...] = (
    healthy_symmetric,
    healthy_asymmetric,
    asym_stateful_fw,
    asym_stateful_half_path,
    ecmp_asym_stateful,
    ecmp_leg_failure,
    midflow_state_loss,
    pbr_wrong_return_gateway,
    nat_return_bypass,
    lb_partial_nat_return,
    rp_filter_strict,
    duplicate_gateway,
    pmtud_blackhole,
    acl_path,
    transit_policy_deny,
    server_policy_deny,
    service_not_listening,
    host_down,
    no_forward_route,
    no_return_route,
    routing_loop,
    session_limit,
    stale_neighbour,
    ttl_expired,
    packet_loss,
    unknown_beyond_visibility,
)
