"""Every answer of every platform is shown on real output, and no line of it is lost."""

from __future__ import annotations

import json

import pytest

from collectors.platforms import PLATFORMS
from tests.collectors.platforms.samples import Sample, meaning, samples

ALL = samples()


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.id)
def test_sample_means_what_is_written_beside_it(sample: Sample) -> None:
    document = sample.document
    expected = {
        key: value for key, value in document.items() if key in ("records", "unread", "refused")
    }
    assert json.loads(json.dumps(meaning(sample.reading()))) == expected


def test_every_answer_has_a_sample() -> None:
    shown = {(sample.platform, sample.question) for sample in ALL}
    linux = next(platform for platform in PLATFORMS if platform.name == "linux")
    wanted = {
        (platform.name, question)
        for platform in PLATFORMS
        for question, answer in platform.answers.items()
        if platform is linux or linux.answers.get(question) is not answer
    }
    assert wanted - shown == set()


def test_every_answer_has_a_sample_that_says_something() -> None:
    telling = {(sample.platform, sample.question) for sample in ALL if sample.document["records"]}
    assert {(sample.platform, sample.question) for sample in ALL} - telling == set()
