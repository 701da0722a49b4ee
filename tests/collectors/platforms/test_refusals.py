"""What is a refusal of the device, and what is an answer?"""

from __future__ import annotations

import pytest

from collectors.model.answer import ParseResult
from collectors.model.evidence import Question
from tests.collectors.platforms.asking import ABOUT, read


@pytest.mark.parametrize(
    ("stderr", "status", "words"),
    [
        ("sudo: a password is required\n", 1, "sudo wants a password"),
        ("sudo: a terminal is required to read the password\n", 1, "sudo wants a password"),
        ("ops is not in the sudoers file.\n", 1, "sudo does not allow this command"),
        (
            "Sorry, user ops is not allowed to execute '/usr/sbin/nft' as root on fw.\n",
            1,
            "sudo does not allow",
        ),
        (
            "netlink: Error: cache initialization failed: Operation not permitted\n",
            1,
            "not permitted to this user",
        ),
        ("conntrack v1.4.7: Operation failed: sorry, you must be root\n", 1, "root is needed"),
        (
            "tcpdump: eth0: You don't have permission to capture on that device\n",
            1,
            "may not do that",
        ),
        ("sh: 1: nft: not found\n", 127, "nft is not installed or not on this user's PATH"),
        ("bash: line 1: conntrack: command not found\n", 127, "conntrack is not installed"),
        ("", 127, "the command is not installed"),
        ("segmentation fault\n", 139, "the command failed: segmentation fault"),
    ],
)
def test_a_refusal_is_one_sentence(stderr: str, status: int, words: str) -> None:
    reading = read(Question.FILTER, "", stderr=stderr, status=status)
    assert reading.refused is not None and words in reading.refused and not reading.records


def test_an_empty_answer_is_not_a_refusal() -> None:
    assert (
        read(
            Question.SESSIONS,
            "",
            ABOUT,
            "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n",
        )
        == ParseResult()
    )
    assert (
        read(Question.SESSION_EVENTS, "", ABOUT, "0 flow events have been shown.\n", 124)
        == ParseResult()
    )


def test_prohibit_is_the_kernels_answer_and_no_lack_of_rights() -> None:
    reading = read(Question.ROUTE_CHOICE, "", ABOUT, "RTNETLINK answers: Permission denied\n", 2)
    assert [(r.kind, r.error) for r in reading.records] == [("prohibit", "Permission denied")]  # type: ignore[union-attr]
    strange = read(Question.ROUTE_CHOICE, "", ABOUT, "Error: inet prefix is expected.\n", 1)
    assert (
        strange.refused == "ip route get failed: Error: inet prefix is expected." and strange.unread
    )
