"""What is known of how devices are set, found at once: settings are asked for very often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from collectors.model.evidence import Evidence
from collectors.model.settings import DeviceSetting, Knob, Scope

_Place = tuple[str | None, int | None, Scope]  # interface, IP version
_Held = dict[_Place, DeviceSetting]


class Half(Enum):
    """One of the two values of which the stronger counts on an interface."""

    DEVICE = auto()  # the one of all interfaces
    INTERFACE = auto()  # the interface's own


@dataclass(frozen=True, slots=True)
class KnownSettings:
    """The settings of one device: as it calls them, and by what they mean."""

    by_name: dict[str, DeviceSetting]
    by_knob: dict[Knob, _Held]

    @classmethod
    def of(cls, answers: Iterable[Evidence]) -> KnownSettings:
        """What these answers say, the oldest first: the newest counts."""
        by_name: dict[str, DeviceSetting] = {}
        for item in answers:
            by_name.update((one.name, one) for one in item.of(DeviceSetting))
        by_knob: dict[Knob, _Held] = {}
        for one in by_name.values():
            if one.knob is not None:
                place = (one.interface, one.version, one.scope)
                by_knob.setdefault(one.knob, {})[place] = one
        return cls(by_name, by_knob)

    @property
    def texts(self) -> dict[str, str]:
        """All of them as the device wrote them."""
        return {one.name: one.text for one in self.by_name.values()}

    def setting(
        self, knob: Knob, interface: str | None, version: int | None
    ) -> DeviceSetting | None:
        """What holds on the interface, or on the device as a whole? None = not known."""
        held = self.by_knob.get(knob)
        if held is None:
            return None
        for place in (interface, None):
            if (place, version, Scope.EXACT) in held:
                return held[place, version, Scope.EXACT]
        whole = held.get((None, version, Scope.AT_LEAST))
        if interface is None:
            return _stronger(whole, whole)
        return _stronger(whole, held.get((interface, version, Scope.AT_LEAST)))

    def unknown_half(self, knob: Knob, interface: str, version: int | None) -> Half | None:
        """Of the two values that count together, which one is not known? None = both or neither
        is."""
        held = self.by_knob.get(knob, {})
        whole = (None, version, Scope.AT_LEAST) in held
        own = (interface, version, Scope.AT_LEAST) in held
        if whole == own:
            return None
        return Half.INTERFACE if whole else Half.DEVICE

    def presets(self, knob: Knob, version: int | None) -> tuple[DeviceSetting, ...]:
        """What interfaces were given, and what new ones will be given."""
        held = self.by_knob.get(knob, {})
        found = []
        for scope in (Scope.PRESET, Scope.NEW_INTERFACES):
            place = (None, version, scope)
            if place in held:
                found.append(held[place])
        return tuple(found)


NOTHING_KNOWN = KnownSettings({}, {})


def _stronger(whole: DeviceSetting | None, own: DeviceSetting | None) -> DeviceSetting | None:
    """Of the device's and the interface's own. One of them alone that demands nothing tells
    nothing: the other one may demand more."""
    if whole is not None and own is not None:
        return own if own.strength > whole.strength else whole
    alone = whole or own
    demands = alone is not None and alone.strength > 0
    return alone if demands else None
