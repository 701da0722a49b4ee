"""Is there room left on a device: in its session table, among the ports it translates to, below its
limits?"""

from __future__ import annotations

from collections.abc import Iterator

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
    device = passage.hop.device or ""
    told, full = overflow(context.case, device), _filled(context, device)
    moved = counter_moved(context.case, device, "drop")
    refused = moved is not None and moved.amount > 0
    if passage.step is not HandshakeStep.OPENING or not (
        full or (told and (full is None or (told.fresh and refused)))
    ):
        return
    proof = (
        *context.evidence(device, Question.SETTINGS, Question.SESSION_STATS),
        *(moved.evidence if moved else ()),
        *(told.evidence if told else ()),
    )
    text = f"{passage.hop.name} would drop it: its session table is full{_amount(context, device, full)}"
    yield DropExplanation(
        DropReason.FULL,
        text,
        certain=refused or told is not None,
        evidence=tuple(dict.fromkeys(proof)),
    )


def _filled(context: Context, device: str) -> bool | None:
    """Is the table full by its own numbers? None = it did not tell them."""
    held, most = _numbers(context, device)
    return held >= 0.98 * most if held is not None and most else None


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
    device = passage.hop.device or ""
    moved = counter_moved(context.case, device, "insert_failed")
    rule = (
        source_translation(context.case, passage.hop)
        if moved is not None and moved.amount > 0
        else None
    )
    if passage.step is not HandshakeStep.OPENING or moved is None or rule is None:
        return
    text = (
        f"{passage.hop.name} would drop it: no port is free to translate it to "
        f"({filter_words(rule.text)}; {moved.amount} failed inserts during the capture)"
    )
    yield DropExplanation(
        DropReason.PORTS,
        text,
        rule=rule,
        evidence=(*moved.evidence, *context.filter_evidence(device)),
    )


def deciding_limit(passage: Passage, found: FilterResult) -> Limit | None:
    """A rule that counts connections, or how fast new ones come; what counts bytes or all packets
    is none."""
    limit = limit_in(found)
    opens = passage.step is HandshakeStep.OPENING and not passage.reverse
    if (
        limit is None
        or limit.counts is Counts.VOLUME
        or (limit.counts is Counts.RATE and not opens)
    ):
        return None
    return limit if limit.counts is Counts.CONNECTIONS or for_new(limit.rule) else None


def limit_counted(context: Context, passage: Passage, limit: Limit) -> bool:
    """Did the rule that stops what goes beyond the limit count in the window?"""
    moved = rule_moved(context.case, passage.hop.device or "", limit.rule)
    return not limit.permits and moved is not None and moved.amount > 0


def reached(passage: Passage, found: FilterResult, limit: Limit, certain: bool) -> DropExplanation:
    """The limit that is reached, in words and with its rule."""
    name, rule = passage.hop.name, limit.rule
    does = f"{'would' if certain else 'may'} {'reject' if rule.verdict == 'reject' else 'drop'} it"
    text = f"{name} {does}: the limit of {limit.counts} is reached"
    return DropExplanation(
        DropReason.LIMIT,
        f"{text} ({limit.words})",
        certain,
        ct_state=passage.ct_state,
        rule=rule if not limit.permits else None,
        chain=found.chain,
        rejects=rule.verdict == "reject",
        evidence=found.evidence,
    )
