"""Does a verdict tell one story? What its parts say of each other, checked on the object that
everybody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]
_PACKETS = re.compile(r"\b(?:challenge ACK|SYN-ACK|SYN|ACK|FIN|RST)\b")
_TRANSPORT = re.compile(r"\b(tcp|udp)(?= (?:dport|sport)\b| --)")
_FILTERS = ("acl_path", "transit_policy_deny", "server_policy_deny")
_COUNTED = re.compile(r"^\d+ (challenge ACK|SYN-ACK|SYN|ACK|FIN|RST|data|UDP|ICMP) packet")


def contradictions(told: Told) -> tuple[str, ...]:
    """Every pair of parts of a verdict object that do not fit together, in words; empty where it is
    one story."""
    checks = (_healthy, _works, _packets, _also, _places, _ways, _reasons)
    return tuple(found for check in checks for found in check(told))


def _healthy(told: Told) -> Iterator[str]:
    """A flow that works has no guilty device and nothing to mend."""
    if told["verdict"] != "healthy":
        return
    for part in ("guilty_node", "direction", "drop", "also", "fixes"):
        if told.get(part):
            yield f"the flow works, and yet there is a {part.replace('_', ' ')}"


def _works(told: Told) -> Iterator[str]:
    """A flow that is broken works in no other part of the page."""
    if told["verdict"] != "broken":
        return
    parts = (told, *told["alternatives"])
    said = (reason["text"] for part in parts for reason in part.get("reasons", ()))
    yield from (
        f"the flow is broken, and yet: {text}" for text in said if text.startswith("the flow works")
    )


def _packets(told: Told) -> Iterator[str]:
    """Sentence, box and drop name the same packet."""
    drop = told.get("drop")
    if not drop:
        return
    counted = _COUNTED.match(drop["where"])
    if counted and counted[1] != drop["packet"]:
        yield f"the drop is of a {drop['packet']}, its words are of {counted[1]} packets"
    named = set(_PACKETS.findall(told["summary"]))
    lost_there = drop["node"] == told["guilty_node"] and not drop["where"].startswith("arrived")
    if lost_there and named and _PACKETS.fullmatch(drop["packet"]) and drop["packet"] not in named:
        yield f"the sentence is about {', '.join(sorted(named))}, the drop about {drop['packet']}"


def _also(told: Told) -> Iterator[str]:
    """What is also found is neither the cause itself nor doubted in another place."""
    best = (told["root_cause"], told["guilty_node"])
    doubted = {(other["root_cause"], other["guilty_node"]) for other in told["alternatives"]}
    for other in told["also"]:
        one = (other["root_cause"], other["guilty_node"])
        if one == best:
            yield f"{one[0]} is the cause, and also found"
        if one in doubted:
            yield f"{one[0]} is also found, and an alternative"


def _places(told: Told) -> Iterator[str]:
    """Who decides is named where he is not the guilty one, and a change is made where the story
    plays."""
    said = " ".join([told["summary"], *(reason["text"] for reason in told["reasons"])])
    cast = {*told["forward_path"], *told["reverse_path"], told["guilty_node"], told["decided_by"]}
    decider = told["decided_by"]
    if (
        decider
        and decider not in said
        and decider not in {*told["forward_path"], *told["reverse_path"]}
    ):
        yield f"{decider} decides, and nothing says how"
    for fix in told["fixes"]:
        if fix["device"] and fix["device"] not in cast and fix["device"] not in said:
            yield f"{fix['device']} is to be changed, and plays no part"
    yield from _permits(told)


def _permits(told: Told) -> Iterator[str]:
    """A rule that lets packets pass names those that the denying rule meets: by transport, where
    both name one."""
    denied = _TRANSPORT.findall(told["summary"])
    for fix in told["fixes"] if told["root_cause"] in _FILTERS and len(set(denied)) == 1 else ():
        permitted = {
            found for command in fix.get("commands", ()) for found in _TRANSPORT.findall(command)
        }
        if permitted and denied[0] not in permitted:
            yield f"the rule is about {denied[0]}, the fix about {', '.join(sorted(permitted))}"


def _ways(told: Told) -> Iterator[str]:
    """The cause agrees with the two ways."""
    if told["root_cause"] == "healthy_asymmetric" and not told["divergent"]:
        yield "the ways differ by the cause, and are the same by the paths"
    if told["root_cause"] == "healthy_symmetric" and told["divergent"]:
        yield "the ways are the same by the cause, and differ by the paths"


def _reasons(told: Told) -> Iterator[str]:
    """No reason speaks for and against."""
    weights: dict[str, set[bool]] = {}
    for reason in told["reasons"]:
        if reason["weight"]:
            weights.setdefault(reason["text"], set()).add(reason["weight"] > 0)
    yield from (
        f"'{text}' speaks for and against" for text, signs in weights.items() if len(signs) > 1
    )
