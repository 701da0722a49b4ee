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
        by_name = {one.name: one for item in answers for one in item.of(DeviceSetting)}
        by_knob: dict[Knob, _Held] = {}
        for one in by_name.values():
            if one.knob is not None:
                place = (one.interface, one.version, one.scope)
                by_knob.setdefault(one.knob, {})[place] = one
        return cls(by_name, by_knob)

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
        wide = held.get((None, version, Scope.AT_LEAST))
        own = held.get((interface, version, Scope.AT_LEAST)) if interface is not None else wide
        return _stronger(wide, own)

    def unknown_half(self, knob: Knob, interface: str, version: int | None) -> Half | None:
        """Of the two values that count together, which one is not known? None = both or neither
        is."""
        held = self.by_knob.get(knob, {})
        wide = (None, version, Scope.AT_LEAST) in held
        own = (interface, version, Scope.AT_LEAST) in held
        if wide == own:
            return None
        return Half.INTERFACE if wide else Half.DEVICE

    def presets(self, knob: Knob, version: int | None) -> tuple[DeviceSetting, ...]:
        """What interfaces were given, and what new ones will be given."""
        held = self.by_knob.get(knob, {})
        places = [(None, version, scope) for scope in (Scope.PRESET, Scope.NEW_INTERFACES)]
        return tuple(held[place] for place in places if place in held)


NOTHING_KNOWN = KnownSettings({}, {})


def _stronger(wide: DeviceSetting | None, own: DeviceSetting | None) -> DeviceSetting | None:
    """Of the device's and the interface's own. One of them alone that demands nothing tells
    nothing: the other one may demand more."""
    if wide is None or own is None:
        alone = wide or own
        return alone if alone is not None and alone.strength > 0 else None
    return own if own.strength > wide.strength else wide
