"""Is there room left on a device: in its session table, among the ports it translates to, below its
limits?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.records import Counts
from collectors.model.settings import DeviceSetting, Knob
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.filtering import FilterResult
from workbench.analysis.device.own_log import overflow
from workbench.analysis.device.translation import source_translation
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.state.limits import Limit, for_new, limit_in
from workbench.analysis.diagnosis.facts.stops.drop_reasons import (
    DropExplanation,
    DropReason,
    Passage,
)
from workbench.analysis.diagnosis.handshake import HandshakeStep
from workbench.analysis.evidence.counter_deltas import counter_moved, rule_moved


def full_table(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    """A device that tracks sessions drops what would begin one when its table is full."""
    if passage.step is not HandshakeStep.OPENING:
        return
    device = passage.hop.device or ""
    logged, full = overflow(context.case, device), _filled(context, device)
    moved = counter_moved(context.case, device, CounterMeaning.SESSION_TABLE_DROP)
    refused = moved is not None and moved.amount > 0
    has_room_now = full is False
    by_log = logged is not None and (not has_room_now or (logged.fresh and refused))
    if not full and not by_log:
        return
    proof = (
        *context.evidence(device, Question.SETTINGS, Question.SESSION_STATS),
        *(moved.evidence if moved else ()),
        *(logged.evidence if logged else ()),
    )
    why = f"its session table is full{_amount(context, device, full)}"
    yield DropExplanation(
        DropReason.FULL,
        f"{passage.hop.name} would drop it: {why}",
        certain=refused or logged is not None,
        evidence=tuple(dict.fromkeys(proof)),
        why=why,
    )


def _filled(context: Context, device: str) -> bool | None:
    """Is the table full by its own numbers? None = it did not tell them."""
    held, most = _numbers(context, device)
    if held is None or not most:
        return None
    return held >= 0.98 * most


def has_room(context: Context, device: str) -> bool:
    """Do the numbers of its table say that there is room left? Not so where it did not tell
    them."""
    return _filled(context, device) is False


def _numbers(context: Context, device: str) -> tuple[int | None, int | None]:
    case = context.case
    held, most = (case.setting(device, k) for k in (Knob.SESSION_COUNT, Knob.SESSION_LIMIT))
    return _number(held), _number(most)


def _number(setting: DeviceSetting | None) -> int | None:
    value = setting.value if setting is not None else None
    return value if isinstance(value, int) else None


def _amount(context: Context, device: str, full: bool | None) -> str:
    if full:
        held, most = _numbers(context, device)
        return f" ({held} of {most})"
    return ", says its kernel's log"


def no_port(context: Context, passage: Passage) -> Iterator[DropExplanation]:
    """A translator that finds no free port for a new session drops its first packet, and counts a
    failed insert."""
    if passage.step is not HandshakeStep.OPENING:
        return
    device = passage.hop.device or ""
    moved = counter_moved(context.case, device, CounterMeaning.SESSION_NOT_ENTERED)
    if moved is None or moved.amount <= 0:
        return
    rule = source_translation(context.case, passage.hop)
    if rule is None:
        return
    why = (
        "no port is free to translate it to "
        f"({filter_words(rule.text)}; {moved.amount} failed inserts during the capture)"
    )
    yield DropExplanation(
        DropReason.PORTS,
        f"{passage.hop.name} would drop it: {why}",
        rule=rule,
        evidence=(*moved.evidence, *context.filter_evidence(device)),
        why=why,
    )


def deciding_limit(passage: Passage, found: FilterResult) -> Limit | None:
    """A rule that counts connections, or how fast new ones come; what counts bytes or all packets
    is none."""
    limit = limit_in(found)
    if limit is None or limit.counts is Counts.VOLUME:
        return None
    if limit.counts is Counts.CONNECTIONS:
        return limit
    opens = passage.step is HandshakeStep.OPENING and not passage.reverse
    return limit if opens and for_new(limit.rule) else None


def limit_counted(context: Context, passage: Passage, limit: Limit) -> bool:
    """Did the rule that stops what goes beyond the limit count in the window?"""
    if limit.permits:
        return False
    moved = rule_moved(context.case, passage.hop.device or "", limit.rule)
    return moved is not None and moved.amount > 0


def reached(passage: Passage, found: FilterResult, limit: Limit, certain: bool) -> DropExplanation:
    """The limit that is reached, in words and with its rule."""
    name, rule = passage.hop.name, limit.rule
    does = f"{'would' if certain else 'may'} {'reject' if rule.verdict == 'reject' else 'drop'} it"
    why = f"the limit of {limit.counts} is reached ({limit.words})"
    return DropExplanation(
        DropReason.LIMIT,
        f"{name} {does}: {why}",
        certain,
        ct_state=passage.ct_state,
        rule=rule if not limit.permits else None,
        chain=found.chain,
        rejects=rule.verdict == "reject",
        evidence=found.evidence,
        why=why,
    )
