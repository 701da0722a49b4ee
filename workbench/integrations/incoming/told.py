"""What an alert says, whoever sent it, in the words of this project."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collectors.model.flow import BadFlow, Flow
from collectors.paste.flows import recognise
from workbench.incidents.actions.common import one_line
from workbench.incidents.head import MOST_TAGS, TAG
from workbench.integrations.models import AlertRules
from workbench.integrations.web_links import web_link

MOST_LABELS, LONGEST_LABEL = 30, 200
MOST_LINKS = 4
ENDS = ("protocol", "src", "sport", "dst", "dport")
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """One alert about one flow. Every text is one bounded line, every link is of the web."""

    source: str
    key: str  # what it is deduplicated by, together with the flow
    flow: Flow
    firing: bool
    title: str
    at: datetime | None = None  # when it began to fire, or was resolved
    summary: str = ""
    severity: int | None = None
    service: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    labels: Said = field(default_factory=dict)


def flow_of(said: Said, rules: AlertRules) -> Flow:
    """The flow that labels and annotations name. Raises BadFlow with a sentence."""
    ends = {name: said.get(getattr(rules, name), "").strip() for name in ENDS}
    if ends["src"] and ends["dst"]:
        return Flow.build(
            ends["protocol"] or None, ends["src"], ends["sport"] or None, ends["dst"], ends["dport"]
        )
    if whole := said.get(rules.flow, ""):
        return recognise(whole)
    raise BadFlow(f"it names no flow: no label or annotation {rules.src!r} and {rules.dst!r}")


def severity_of(text: str, rules: AlertRules) -> int | None:
    """1 to 4, as the rules translate it, or as it says itself; None = not said."""
    plain = text.strip().lower()
    known = dict(pair.lower().split("=", 1) for pair in rules.severities.split() if "=" in pair)
    number = known.get(plain, plain.removeprefix("sev").removeprefix("p").strip())
    return int(number) if number in ("1", "2", "3", "4") else None


def tags_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Those texts that can be tags, spelt as tags are."""
    spelt = (re.sub(r"[^a-z0-9._:/-]+", "-", text.lower()).strip("-")[:40] for text in texts)
    return tuple(dict.fromkeys(tag for tag in spelt if TAG.fullmatch(tag)))[:MOST_TAGS]


def links_of(addresses: Iterable[str]) -> tuple[str, ...]:
    """Those addresses that a page may link to."""
    return tuple(dict.fromkeys(filter(None, map(web_link, addresses))))[:MOST_LINKS]


def labels_of(said: Said) -> dict[str, str]:
    """Labels as they are kept."""
    some = list(said.items())[:MOST_LABELS]
    return {one_line(name)[:60]: one_line(value)[:LONGEST_LABEL] for name, value in some}
