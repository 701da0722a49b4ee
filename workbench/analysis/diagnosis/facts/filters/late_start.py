"""A flow that works and begins late: what is dropped at first, by which rule, and what passes in
its place?"""

from __future__ import annotations

from workbench.analysis.case.drop import Drop
from workbench.analysis.case.wording import filter_words
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.loss.healed import healed
from workbench.analysis.diagnosis.facts.stops.simulation import explain
from workbench.analysis.diagnosis.handshake import handshake_step_of

# ECE and CWR in a SYN offer ECN (RFC 3168); a client that gets no answer tries without
_ECN = frozenset("EW")


def late_words(context: Context) -> str:
    """What delays every connection, in words; empty where nothing does."""
    late = healed(context.findings)
    if late is None:
        return ""
    by = _rule(context, late)
    if set(late.tcp_flags or "") & _ECN:
        return (
            f"{late.node} drops the {late.packet} with ECN flags{by} and lets the next one, sent"
            " without them, pass"
        )
    return (
        f"{late.node} drops the {late.packet} at first{by} and lets it pass when it is sent again"
    )


def _rule(context: Context, late: Drop) -> str:
    """The rule that does so, where the device shows one."""
    step = handshake_step_of(late.packet, late.reverse)
    for one in explain(context, late.node, step, late.reverse, late.tcp_flags):
        if one.certain and one.rule is not None:
            return f" by its rule {filter_words(one.rule.text)}"
    return ""
