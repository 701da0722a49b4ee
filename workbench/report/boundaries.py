"""The state boundaries of a run as a table in words: who keeps state, who sees which direction, and
which device expects to see both?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.analysis.case.findings import Boundary
from workbench.analysis.case.state_boundary import Holds, Sharing, Sight, StateBoundary, StateKept
from workbench.analysis.case.wording import listed

HEAD = (
    "Device",
    "Keeps",
    "Sees the request",
    "Sees the reply",
    "Holds the session",
    "State group",
    "Session shared",
)
KEPT_WORDS = {
    StateKept.SESSIONS: "sessions",
    StateKept.TRACKING: "sessions, and no rule needs them",
    StateKept.NAT: "translations",
    StateKept.LOAD_BALANCER: "load balancing",
    StateKept.IDS: "inspection",
    StateKept.REVERSE_PATH: "strict reverse-path check",
    StateKept.SOCKET: "socket",
}
SIGHT_WORDS = {
    Sight.SEEN: "yes",
    Sight.ROUTED: "by routing, not captured",
    Sight.MISSED: "its capture saw none",
    Sight.BYPASSED: "no, it passes elsewhere",
    Sight.UNKNOWN: "not known",
}
HOLDS_WORDS = {
    Holds.BOTH: "yes, both directions",
    Holds.REQUEST: "half: no answer yet",
    Holds.NONE: "none when asked",
    Holds.NOT_ASKED: "not asked",
    Holds.NO_ANSWER: "no answer",
    Holds.REFUSED: "refused to show it",
    Holds.UNREAD: "not read in full",
    Holds.NOT_KEPT: "not kept by that run",
    Holds.NOTHING: "–",
}
SHARING_WORDS = {
    Sharing.NO_GROUP: "–",
    Sharing.PROVED: "yes, seen on both",
    Sharing.REFUTED: "no, one member has it",
    Sharing.UNKNOWN: "not known",
}
_OF_PICTURE = {
    Boundary.FIREWALL.value: StateKept.SESSIONS,
    Boundary.NAT.value: StateKept.NAT,
    Boundary.LOAD_BALANCER.value: StateKept.LOAD_BALANCER,
    Boundary.IDS.value: StateKept.IDS,
}


@dataclass(frozen=True, slots=True)
class BoundaryLine:
    """One row of the table in words."""

    device: str
    keeps: str
    request: str
    reply: str
    holds: str
    group: str
    sharing: str
    suspect: bool
    one_sided: bool  # it expects both directions, and one of them passes elsewhere or is missed
    evidence: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """As HEAD names them."""
        device = f"{self.device} (suspect)" if self.suspect else self.device
        return (
            device,
            self.keeps,
            self.request,
            self.reply,
            self.holds,
            self.group or "–",
            self.sharing,
        )


def boundaries_of(
    verdict: Mapping[str, Any] | None, picture: Mapping[str, Any] | None
) -> tuple[StateBoundary, ...]:
    """The boundaries that a run found; of one that did not judge, or is older than the table, what
    its picture tells."""
    if verdict and "boundaries" in verdict:
        return tuple(map(StateBoundary.from_dict, verdict["boundaries"]))
    return tuple(_of_picture(picture, verdict or {})) if picture else ()


def lines(rows: Iterable[StateBoundary]) -> tuple[BoundaryLine, ...]:
    """The rows in words."""
    return tuple(map(_line, rows))


def _line(row: StateBoundary) -> BoundaryLine:
    return BoundaryLine(
        device=row.device,
        keeps=", ".join(KEPT_WORDS[kept] for kept in row.keeps),
        request=SIGHT_WORDS[row.request],
        reply=SIGHT_WORDS[row.reply],
        holds=HOLDS_WORDS[row.holds],
        group=row.group,
        sharing=SHARING_WORDS[row.sharing],
        suspect=row.suspect,
        one_sided=row.expects_both and not row.end and _half(row),
        evidence=row.evidence,
    )


_GONE = (Sight.BYPASSED, Sight.MISSED)


def _half(row: StateBoundary) -> bool:
    """Does exactly one direction pass it?"""
    return (row.request in _GONE) != (row.reply in _GONE)


# --- which device expects to see both? ---


def sentence(rows: Iterable[StateBoundary], protocol: str, unreached: Iterable[str] = ()) -> str:
    """Which device between the ends expects to see both directions, and which does not see them?"""
    both = "SYN and SYN-ACK" if protocol == "tcp" else "request and reply"
    crossed = [row for row in rows if row.expects_both and not row.end and _crossed(row)]
    dark = [name for name in unreached if name not in {row.device for row in crossed}]
    answer = _expecting(crossed, both) if crossed else _nobody(both, dark)
    return f"{answer}{_unshared(crossed)}{_but_for(dark)}"


def _crossed(row: StateBoundary) -> bool:
    """Is it on either path?"""
    return not {row.request, row.reply} <= {Sight.BYPASSED, Sight.UNKNOWN}


def _nobody(both: str, dark: list[str]) -> str:
    known = " that could be asked" if dark else ""
    return f"No device between the ends{known} expects to see both {both}."


def _expecting(rows: list[StateBoundary], both: str) -> str:
    if len(rows) == 1:
        what = "sees both" if _whole(rows[0]) else _missing(rows[0], both)
        return f"{rows[0].device} expects to see both {both}: it {what}."
    whole = [row.device for row in rows if _whole(row)]
    parts = [f"{row.device} {_missing(row, both)}" for row in rows if not _whole(row)]
    if whole:
        parts.append(f"{listed(whole)} {'sees' if len(whole) == 1 else 'see'} both")
    return f"{listed([row.device for row in rows])} expect to see both {both}: {'; '.join(parts)}."


def _whole(row: StateBoundary) -> bool:
    return row.request is Sight.SEEN and row.reply is Sight.SEEN


def _missing(row: StateBoundary, both: str) -> str:
    """What of the two does it see, and what not?"""
    request, reply = both.split(" and ")
    seen = [what for what, sight in _pairs(row, request, reply) if sight is Sight.SEEN]
    gone = [what for what, sight in _pairs(row, request, reply) if sight in _GONE]
    routed = [what for what, sight in _pairs(row, request, reply) if sight is Sight.ROUTED]
    unknown = [what for what, sight in _pairs(row, request, reply) if sight is Sight.UNKNOWN]
    parts = [
        *([f"sees the {listed(seen)}"] if seen else []),
        *([f"{'not' if seen else 'does not see'} the {listed(gone)}"] if gone else []),
        *([f"is on the path of the {listed(routed)}, not captured"] if routed else []),
        *([f"whether it sees the {listed(unknown)} is not known"] if unknown else []),
    ]
    return ", ".join(parts)


def _pairs(row: StateBoundary, request: str, reply: str) -> tuple[tuple[str, Sight], ...]:
    return (request, row.request), (reply, row.reply)


def _unshared(rows: list[StateBoundary]) -> str:
    """Which of their groups does not share the session?"""
    groups = dict.fromkeys(row.group for row in rows if row.sharing is Sharing.REFUTED)
    half = any(not _whole(row) for row in rows)
    if not groups or not half:
        return ""
    return f" The members of {listed(list(groups))} do not share this session."


def _but_for(dark: list[str]) -> str:
    if not dark:
        return ""
    it, verb = ("it", "keeps") if len(dark) == 1 else ("they", "keep")
    return f" {listed(dark)} cannot be asked: whether {it} {verb} state is not known."


# --- from the picture of a run that kept no table ---


def _of_picture(picture: Mapping[str, Any], verdict: Mapping[str, Any]) -> Iterable[StateBoundary]:
    hops = {
        reverse: {hop["name"]: hop for hop in picture[way]["hops"]}
        for reverse, way in ((False, "forward"), (True, "reverse"))
    }
    whole = {
        reverse: bool(picture[way].get("complete"))
        for reverse, way in ((False, "forward"), (True, "reverse"))
    }
    broken = verdict.get("verdict") not in (None, "healthy")
    for name in dict.fromkeys((*hops[False], *hops[True])):
        hop = hops[False].get(name) or hops[True][name]
        kept = _kept(name, hops)
        if kept is None:
            continue
        yield StateBoundary(
            name,
            (kept,),
            _drawn_sight(hops[False].get(name), whole[False]),
            _drawn_sight(hops[True].get(name), whole[True]),
            Holds.NOT_KEPT,
            hop.get("group") or "",
            Sharing.UNKNOWN if hop.get("group") else Sharing.NO_GROUP,
            broken and verdict.get("guilty_node") == name,
            tuple(hop.get("evidence") or ()),
        )


def _kept(name: str, hops: Mapping[bool, Mapping[str, Any]]) -> StateKept | None:
    """What either direction shows that the device keeps."""
    drawn = (hops[reverse][name].get("boundary") for reverse in hops if name in hops[reverse])
    return next((_OF_PICTURE[kind] for kind in drawn if kind in _OF_PICTURE), None)


def _drawn_sight(hop: Mapping[str, Any] | None, whole: bool) -> Sight:
    """An empty capture says nothing here: whether it was whole was not kept."""
    if hop is None:
        return Sight.BYPASSED if whole else Sight.UNKNOWN
    captured = bool(hop.get("came_in") or hop.get("went_out"))
    return Sight.SEEN if captured else Sight.ROUTED
