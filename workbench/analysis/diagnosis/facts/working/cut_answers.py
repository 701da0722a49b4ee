"""Was an answer cut that the verdict depends on? What it does not hold could tell another story."""

from __future__ import annotations

from collectors.model.evidence import Question, Status
from workbench.analysis.case.case import Case
from workbench.analysis.case.verdict import Cause
from workbench.analysis.device.rulesets import ruleset
from workbench.analysis.diagnosis.context import Context

_ROUTING = (Question.ROUTES, Question.RULES)
WHY_THIS_WAY = frozenset(
    {
        Cause.HEALTHY_ASYMMETRIC,
        Cause.ASYM_STATEFUL_FW,
        Cause.ASYM_STATEFUL_HALF_PATH,
        Cause.ECMP_ASYM_STATEFUL,
        Cause.ECMP_LEG_FAILURE,
        Cause.MIDFLOW_STATE_LOSS,
        Cause.PBR_WRONG_RETURN_GATEWAY,
        Cause.NAT_RETURN_BYPASS,
        Cause.LB_PARTIAL_NAT_RETURN,
    }
)


def rests_on_cut_answer(context: Context, cause: Cause) -> bool:
    """Does the cause say why packets go this way and who keeps state, while a device on a path
    showed only a part of that?

    A rule, a second next hop or a filter may stand in what was cut off: another cause of the same
    failure.
    """
    names = {*context.findings.forward.names, *context.findings.reverse.names}
    return cause in WHY_THIS_WAY and any(_in_part(context.case, name) for name in names)


def _in_part(case: Case, device: str) -> bool:
    return routing_cut(case, device) or ruleset(case, device).cut


def routing_cut(case: Case, device: str) -> bool:
    """Was the device's newest answer about its tables or rules cut, or could none of it be read?"""
    for question in _ROUTING:
        newest = case.answers(device, question)[-1:]
        if any(item.truncated or item.status is Status.UNPARSED for item in newest):
            return True
    return False
