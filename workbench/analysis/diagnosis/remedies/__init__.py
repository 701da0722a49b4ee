"""What would mend it: exact commands for the device at hand, with the way back. Text only; nothing
is ever run."""

from workbench.analysis.diagnosis.remedies.filters import (
    accept_untracked,
    allow_in_transit,
    allow_on_host,
    hear_neighbours,
    join_ports,
    mend_acl,
    stateless_rule,
)
from workbench.analysis.diagnosis.remedies.hosts import (
    answer_from_asked,
    answer_neighbours,
    loose_reverse_path,
    one_holder,
    restore_host,
    serve,
    sign_alike,
    stay_on_the_line,
    unclog,
)
from workbench.analysis.diagnosis.remedies.lifetimes import longer_life
from workbench.analysis.diagnosis.remedies.limits import clear_neighbour, raise_limit
from workbench.analysis.diagnosis.remedies.lossy import (
    against_dead_link,
    against_limit,
    against_loss,
)
from workbench.analysis.diagnosis.remedies.routing import (
    add_route,
    drop_policy_rule,
    mend_route,
    one_leg_only,
    source_first,
    straight_return,
    symmetric_hash,
    symmetric_return,
)
from workbench.analysis.diagnosis.remedies.sessions import (
    fit_packets,
    let_in_notice,
    one_gateway,
    proved_afresh,
    remember_longer,
    save_session,
)
from workbench.analysis.diagnosis.remedies.state import be_liberal, state_sync
from workbench.analysis.diagnosis.remedies.translation import (
    keep_source,
    permit_direct_return,
    return_to_balancer,
    return_to_translator,
)

__all__ = [
    "accept_untracked",
    "add_route",
    "against_dead_link",
    "against_limit",
    "against_loss",
    "allow_in_transit",
    "allow_on_host",
    "answer_from_asked",
    "answer_neighbours",
    "be_liberal",
    "clear_neighbour",
    "drop_policy_rule",
    "fit_packets",
    "hear_neighbours",
    "join_ports",
    "keep_source",
    "let_in_notice",
    "longer_life",
    "loose_reverse_path",
    "mend_acl",
    "mend_route",
    "one_gateway",
    "one_holder",
    "one_leg_only",
    "permit_direct_return",
    "proved_afresh",
    "raise_limit",
    "remember_longer",
    "restore_host",
    "return_to_balancer",
    "return_to_translator",
    "save_session",
    "serve",
    "sign_alike",
    "source_first",
    "state_sync",
    "stateless_rule",
    "stay_on_the_line",
    "straight_return",
    "symmetric_hash",
    "symmetric_return",
    "unclog",
]
