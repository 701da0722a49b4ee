"""Places on one direction's way that may keep state about the flow, and do not show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.inventory import Role
from collectors.model.settings import Knob
from workbench.analysis.case.case import FILTERS
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis.context import Context

LIKELY = 0.7  # log-odds


def hidden_places(context: Context, reverse: bool) -> tuple[str, ...]:
    """The places that this direction alone passes and that may keep state unseen."""
    both = set(context.findings.trace(not reverse).names)
    inner = context.findings.trace(reverse).names[1:-1]
    return tuple(n for n in inner if n not in both and _hides(context, n))


def _hides(context: Context, name: str) -> bool:
    return name in context.unreached or _shows_no_rules(context, name)


def _shows_no_rules(context: Context, device: str) -> bool:
    """Can it be asked, but shows no rules of its filters, while it may track sessions?"""
    refused = any(context.case.answers(device, question) for question in FILTERS)
    return refused and not context.filters_known(device) and _tracked(context, device) != 0


def _tracked(context: Context, device: str) -> int | None:
    """How many sessions it tracks, by its own number; None = it did not say."""
    count = context.case.setting(device, Knob.SESSION_COUNT)
    value = count.value if count is not None else None
    return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class _Keeper:
    """What speaks for it that one of these places holds the session."""

    text: str
    evidence: tuple[str, ...] = ()


def unseen_keeper(
    context: Context, device: str, hidden: tuple[str, ...], *, accused: bool
) -> Iterator[Reason]:
    """May one of these places hold the session that the device misses? `accused`: as a reason for
    the cause that needs it, else for the one that needs that nobody does."""
    if not hidden:
        return
    keeper = _silent_partner(context, device, hidden) or _behind_its_rules(context, hidden)
    if keeper is not None:
        yield Reason(LIKELY if accused else -LIKELY, keeper.text, keeper.evidence)
        return
    closed = "shows no rules" if context.case.reached(hidden[0]) else "cannot be asked"
    text = f"{', '.join(hidden)} on the other way {closed}: it may keep state or not"
    yield Reason(-LIKELY if accused else -0.2, text)


def _silent_partner(context: Context, device: str, hidden: tuple[str, ...]) -> _Keeper | None:
    """A member of the same group that cannot be asked."""
    if not any(name in context.unreached for name in hidden):
        return None
    silent = [name for name in context.partners(device) if not context.case.reached(name)]
    place = ", ".join(hidden)
    text = "{}, of the same group, cannot be asked and may be what lies at {}"
    return _Keeper(text.format(silent[0], place)) if silent else None


def _behind_its_rules(context: Context, hidden: tuple[str, ...]) -> _Keeper | None:
    """A device that shows no rules, and yet that it tracks sessions; or that is there to inspect
    connections."""
    for name in filter(context.case.reached, hidden):
        tracked = _tracked(context, name)
        if tracked or context.role(name) is Role.IDS:
            number = f" (it tracks {some(tracked, 'session')})" if tracked else ""
            text = f"{name} on the other way keeps state{number}, and does not show its rules"
            return _Keeper(text, context.evidence(name, Question.SETTINGS))
    return None
