"""The picture of both paths as records, and how it comes back from its stored dict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workbench.analysis.case.findings import Basis, Boundary
from workbench.report.words import left_in_words


@dataclass(frozen=True, slots=True)
class HopView:
    """One row of one side of the picture."""

    key: str  # what the page asks evidence for: the device's name, else its address
    name: str
    address: str = ""
    managed: bool = True  # can be logged in to
    basis: str = Basis.PREDICTED.value
    boundary: str | None = None
    group: str | None = None
    reached: bool = True  # False = expected, but packets do not get here
    iif: str = ""
    oif: str = ""
    rtt_ms: float | None = None
    came_in: int | None = None  # packets that its capture saw; None = no capture
    went_out: int | None = None
    translation: str = ""
    # in words: what carries the packets from here to the next hop, and by which devices
    tunnel: str = ""
    decided: str = ""
    alternates: tuple[str, ...] = ()  # next hops of equal cost that this flow does not take
    drop: str | None = None  # in words, where the packet dies here
    lost_after: bool = False  # it left here, and vanished before the next place
    loses: str = ""  # in words, where some of the packets are lost and others pass
    suspect: bool = False  # the verdict blames it, but the drop itself was not seen
    end: bool = False  # the device that begins or ends this direction
    evidence: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        """What becomes of the packet here, in a few words; empty = it goes on."""
        if self.drop is None:
            return ""
        if not self.managed:
            return "lost from here on"
        return "lost after here" if self.lost_after else "dropped here"


@dataclass(frozen=True, slots=True)
class Side:
    """One direction, in the order in which its packets travel."""

    flow: str
    hops: tuple[HopView, ...]
    disposition: str = ""  # empty = delivered
    complete: bool = False
    ok: bool | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """One end of the flow."""

    name: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Both directions of one flow, ready to be drawn."""

    flow: str
    client: End
    server: End
    forward: Side
    reverse: Side
    divergent: bool = False
    blame: tuple[str, ...] = field(default_factory=tuple)
    ladder: dict[str, Any] | None = None  # as describe_ladder tells it
    moves: list[dict[str, Any]] = field(default_factory=list)  # as describe_moves tells them
    spread: dict[str, Any] | None = None  # as describe_spread tells it


BOUNDARY_TAGS = {
    Boundary.FIREWALL.value: "FW",
    Boundary.NAT.value: "NAT",
    Boundary.LOAD_BALANCER.value: "LB",
    Boundary.IDS.value: "IDS",
}


def load(picture: dict[str, Any]) -> Picture:
    """The picture again from its stored dict; fields that this version does not know are left
    out."""
    return Picture(
        flow=picture["flow"],
        client=End(**picture["client"]),
        server=End(**picture["server"]),
        forward=_load_side(picture["forward"]),
        reverse=_load_side(picture["reverse"]),
        divergent=bool(picture.get("divergent")),
        blame=tuple(picture.get("blame") or ()),
        ladder=picture.get("ladder"),
        moves=list(picture.get("moves") or ()),
        spread=picture.get("spread"),
    )


def _load_side(side: dict[str, Any]) -> Side:
    hops = tuple(HopView(**_known(hop)) for hop in side["hops"])
    return Side(
        side["flow"],
        hops,
        side.get("disposition", side.get("fate", "")),  # earlier pictures: "fate"
        bool(side.get("complete")),
        side.get("ok"),
        side["outcome"],
    )


def _known(hop: dict[str, Any]) -> dict[str, Any]:
    names = HopView.__dataclass_fields__
    fields = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in hop.items()
        if key in names
    }
    words = str(fields.get("drop") or "")
    return {"lost_after": left_in_words(str(fields["name"]), words)} | fields
