"""Every benchmark by name. A benchmark is listed here or it does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.bench import (
    captures,
    collection,
    diagnosing,
    live,
    memory,
    page,
    size,
    spread,
)
from workbench.bench.figures import Figure

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """One benchmark: it tells what it does while it runs, and yields figures."""

    name: str
    title: str
    measure: Callable[[Tell], Iterator[Figure]]


BENCHES: tuple[Bench, ...] = (
    Bench("spread", "Every ephemeral port over four hashing devices", spread.measure),
    Bench("captures", "Reading captures against dpkt, and matching four of them", captures.measure),
    Bench("memory", "Web, worker and Redis at rest", memory.measure),
    Bench("live", "From a note to fifty open pages, while devices answer", live.measure),
    Bench("page", "The page of a long incident, and a slow phone", page.measure),
    Bench("size", "Every page, list and search among a million events", size.measure),
    Bench(
        "collection",
        "Eight short commands on many devices, against ssh, nornir and ansible",
        collection.measure,
    ),
    Bench(
        "diagnose",
        "A whole diagnosis, beyond the time in which the flow is watched",
        diagnosing.measure,
    ),
)


def bench_named(name: str) -> Bench | None:
    """The benchmark of that name, or None."""
    return next((bench for bench in BENCHES if bench.name == name), None)
