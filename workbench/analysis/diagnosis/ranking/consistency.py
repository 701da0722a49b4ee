"""Does a verdict tell one story? What its parts say of each other, checked on the object that
everybody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.analysis.case.drop import LastSeen

VerdictObject = Mapping[str, Any]
_PACKETS = re.compile(r"\b(?:challenge ACK|SYN-ACK|SYN|ACK|FIN|RST)\b")
_TRANSPORT = re.compile(r"\b(tcp|udp)(?= (?:dport|sport)\b| --)")
_FILTERS = ("acl_path", "transit_policy_deny", "server_policy_deny")
_COUNTED = re.compile(r"^\d+ (challenge ACK|SYN-ACK|SYN|ACK|FIN|RST|data|UDP|ICMP) packet")


def contradictions(verdict: VerdictObject) -> tuple[str, ...]:
    """Every pair of parts of a verdict object that do not fit together, in words; empty where it is
    one story."""
    checks = (_healthy, _works, _packets, _also, _places, _ways, _reasons)
    return tuple(found for check in checks for found in check(verdict))


def _healthy(verdict: VerdictObject) -> Iterator[str]:
    """A flow that works has no guilty device and nothing to mend."""
    if verdict["verdict"] != "healthy":
        return
    for part in ("guilty_node", "direction", "drop", "also", "fixes"):
        if verdict.get(part):
            yield f"the flow works, and yet there is a {part.replace('_', ' ')}"


def _works(verdict: VerdictObject) -> Iterator[str]:
    """A flow that is broken works in no other part of the page."""
    if verdict["verdict"] != "broken":
        return
    parts = (verdict, *verdict["alternatives"])
    said = (reason["text"] for part in parts for reason in part.get("reasons", ()))
    yield from (
        f"the flow is broken, and yet: {text}" for text in said if text.startswith("the flow works")
    )


def _packets(verdict: VerdictObject) -> Iterator[str]:
    """Sentence, box and drop name the same packet."""
    drop = verdict.get("drop")
    if not drop:
        return
    packet = drop["packet"]
    counted = _COUNTED.match(drop["where"])
    if counted and counted[1] != packet:
        yield f"the drop is of a {packet}, its words are of {counted[1]} packets"
    at_the_guilty = drop["node"] == verdict["guilty_node"]
    lost_there = at_the_guilty and drop["last_seen"] != LastSeen.ARRIVED
    if not lost_there or not _PACKETS.fullmatch(packet):
        return
    named = set(_PACKETS.findall(verdict["summary"]))
    if named and packet not in named:
        yield f"the sentence is about {', '.join(sorted(named))}, the drop about {packet}"


def _also(verdict: VerdictObject) -> Iterator[str]:
    """What is also found is neither the cause itself nor doubted in another place."""
    best = (verdict["root_cause"], verdict["guilty_node"])
    doubted = {(other["root_cause"], other["guilty_node"]) for other in verdict["alternatives"]}
    for other in verdict["also"]:
        one = (other["root_cause"], other["guilty_node"])
        if one == best:
            yield f"{one[0]} is the cause, and also found"
        if one in doubted:
            yield f"{one[0]} is also found, and an alternative"


def _places(verdict: VerdictObject) -> Iterator[str]:
    """Who decides is named where he is not the guilty one, and a change is made where the story
    plays."""
    said = " ".join([verdict["summary"], *(reason["text"] for reason in verdict["reasons"])])
    on_the_paths = {*verdict["forward_path"], *verdict["reverse_path"]}
    decider = verdict["decided_by"]
    if _missing(decider, on_the_paths, said):
        yield f"{decider} decides, and nothing says how"
    for fix in verdict["fixes"]:
        if _missing(fix["device"], {*on_the_paths, verdict["guilty_node"], decider}, said):
            yield f"{fix['device']} is to be changed, and plays no part"
    yield from _permits(verdict)


def _missing(device: str | None, cast: set[str | None], said: str) -> bool:
    """Is it a device that is neither one of these nor spoken of?"""
    return bool(device) and device not in cast and str(device) not in said


def _permits(verdict: VerdictObject) -> Iterator[str]:
    """A rule that lets packets pass names those that the denying rule meets: by transport, where
    both name one."""
    denied = set(_TRANSPORT.findall(verdict["summary"]))
    if verdict["root_cause"] not in _FILTERS or len(denied) != 1:
        return
    for fix in verdict["fixes"]:
        permitted = set(_TRANSPORT.findall("\n".join(fix.get("commands", ()))))
        if permitted and not denied & permitted:
            yield f"the rule is about {next(iter(denied))}, the fix about {', '.join(sorted(permitted))}"


def _ways(verdict: VerdictObject) -> Iterator[str]:
    """The cause agrees with the two ways."""
    cause, divergent = verdict["root_cause"], verdict["divergent"]
    if cause == "healthy_asymmetric" and not divergent:
        yield "the ways differ by the cause, and are the same by the paths"
    if cause == "healthy_symmetric" and divergent:
        yield "the ways are the same by the cause, and differ by the paths"


def _reasons(verdict: VerdictObject) -> Iterator[str]:
    """No reason speaks for and against."""
    weights: dict[str, set[bool]] = {}
    for reason in verdict["reasons"]:
        if reason["weight"]:
            weights.setdefault(reason["text"], set()).add(reason["weight"] > 0)
    yield from (
        f"'{text}' speaks for and against" for text, signs in weights.items() if len(signs) > 1
    )
