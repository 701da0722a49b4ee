"""What rose between the two samples around an attempt of the flow? Before and after, as plain
JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectors.model.evidence import Question, Status
from collectors.model.records import Counter
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.wording import filter_words

MOST = 40
KINDS = ("drop", "rule", "counter")
OURS = ("InHdrErrors", "OutTimeExcds")  # what a traceroute of our own moves, too
SPREAD = 11  # probes of a spread traceroute that one device answers, mostly
TELLING = {
    "invalid": "conntrack calls a packet invalid",
    "IPReversePathFilter": "reverse-path check drops",
    "InNoRoutes": "no route for a packet",
    "FragFails": "too large to be sent on",
    "InHdrErrors": "TTL expired or bad header",
    "OutTimeExcds": "TTL expired, sender told",
    "OutDestUnreachs": "sender told: unreachable",
    "SynRetrans": "SYN or SYN-ACK sent again",
    "RetransSegs": "segments sent again",
    "TCPTimeouts": "retransmission timers ran out",
    "OutRsts": "resets sent",
    "EmbryonicRsts": "resets for half-open connections",
    "AttemptFails": "connection attempts failed",
    "ListenDrops": "listener dropped a connection",
    "ChallengeACK": "challenge ACKs sent",
    "SYNChallenge": "SYN on an open connection challenged",
    "OutDiscards": "discarded on output",
    "insert_failed": "session could not be entered",
    "drop": "conntrack dropped",
}


def describe_moves(findings: Findings) -> list[dict[str, Any]]:
    """Every rule and every telling counter that rose, the devices in the order of the paths."""
    names = dict.fromkeys((*findings.forward.names, *reversed(findings.reverse.names)))
    rows = [row for name in names for row in _rows_of(findings, name)]
    return rows[:MOST]


def _rows_of(findings: Findings, device: str) -> list[dict[str, Any]]:
    """What drops first, then what counts, the largest rise first."""
    rows = [*_rules(findings, device), *_counters(findings, device)]
    return sorted(rows, key=lambda row: (KINDS.index(row["kind"]), -row["rose"]))


def _rules(findings: Findings, device: str) -> Iterator[dict[str, Any]]:
    for rule, amount, evidence in findings.case.rule_deltas(device):
        if amount > 0:
            stops = rule.verdict in ("drop", "reject")
            said = filter_words(rule.text).strip()
            words = said if " " in said else f"chain {rule.chain}: {said or rule.verdict}"
            yield _row(
                device, words[:160], rule.packets, amount, "drop" if stops else "rule", evidence.id
            )


def _meaning(name: str) -> str:
    """What such a counter counts; "" = nothing that is worth showing."""
    meanings = (words for part, words in TELLING.items() if name.endswith(part))
    return next(meanings, "")


def _counters(findings: Findings, device: str) -> Iterator[dict[str, Any]]:
    for question in (Question.COUNTERS, Question.SESSION_STATS):
        pair = findings.case.samples(device, question)
        after = {f"{c.scope}/{c.name}": c.value for c in pair[1].of(Counter)} if pair else {}
        for key, amount in (findings.case.deltas(device, question) or {}).items():
            name = key.rpartition("/")[2]
            meaning = _meaning(name)
            by_us = _ours(findings) if name.endswith(OURS) else 0
            if pair and meaning and amount > by_us:
                words = f"{name}: {meaning}"
                yield _row(device, words, after.get(key), amount, "counter", pair[1].id)


def _ours(findings: Findings) -> int:
    """How many packets of our own traceroutes can have run out at one device: one of each, more of
    a spread one."""
    asked = [item.question for item in findings.case.evidence if item.status is Status.ANSWERED]
    return asked.count(Question.TRACE) + SPREAD * asked.count(Question.TRACE_SPREAD)


def _row(
    device: str, what: str, after: int | None, amount: int, kind: str, evidence: str
) -> dict[str, Any]:
    return {
        "device": device,
        "what": what,
        "after": after,
        "rose": amount,
        "kind": kind,
        "evidence": evidence,
    }
