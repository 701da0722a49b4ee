"""The names of Linux's counters mean what the kernel's documentation says."""

from __future__ import annotations

import pytest

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.records import Counter
from collectors.platforms.linux.counter_meanings import counted, name_of
from tests.collectors.platforms.asking import read


def meanings(records: tuple[object, ...]) -> dict[str, CounterMeaning | None]:
    return {one.name: one.meaning for one in records if isinstance(one, Counter)}


@pytest.mark.parametrize(
    "text",
    [
        "TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 0 7",
        "Ip:\n    3 forwarded\nTcpExt:\n    7 times the listen queue of a socket overflowed",
        '{"kernel":{"TcpExtListenOverflows":7,"TcpExtSyncookiesSent":0}}',
    ],
    ids=["proc", "netstat -s", "nstat"],
)
def test_one_counter_in_whatever_form(text: str) -> None:
    found = meanings(read(Question.COUNTERS, text).records)
    assert found["TcpExtListenOverflows"] is CounterMeaning.ACCEPT_QUEUE_FULL
    assert found.get("TcpExtSyncookiesSent") is None


def test_statistics_of_tracking_and_of_its_daemon() -> None:
    stats = read(Question.SESSION_STATS, "cpu=0 found=0 invalid=3 insert_failed=1 early_drop=2")
    assert meanings(stats.records) == {
        "found": None,
        "invalid": CounterMeaning.FITS_NO_SESSION,
        "insert_failed": CounterMeaning.SESSION_NOT_ENTERED,
        "early_drop": None,
    }
    text = "UDP traffic (active device=eth2):\n      900 Pckts sent      812 Pckts recv"
    found = meanings(read(Question.STATE_SYNC, text).records)
    assert list(found.values()) == [CounterMeaning.SYNC_SENT, CounterMeaning.SYNC_RECEIVED]


def test_a_name_means_something_in_its_own_place_only() -> None:
    """A network card may count what it calls "drop" or "invalid"; that is none of tracking."""
    assert counted("interface eth0", "drop", 5).meaning is None
    assert counted("conntrack", "drop", 5).meaning is CounterMeaning.SESSION_TABLE_DROP


@pytest.mark.parametrize(("version", "name"), [(4, "IpFragFails"), (6, "Ip6FragFails")])
def test_what_linux_calls_it(version: int, name: str) -> None:
    assert name_of(CounterMeaning.TOO_BIG, version) == name
    found = counted("kernel", name, 1)
    assert (found.meaning, found.version) == (CounterMeaning.TOO_BIG, version)


def test_one_name_serves_both_versions_where_linux_counts_them_together() -> None:
    assert name_of(CounterMeaning.RESET_SENT, 6) == "TcpOutRsts"


def test_every_meaning_has_a_name() -> None:
    assert [one for one in CounterMeaning if name_of(one, 4) is None] == []
