"""Every plug-in is listed in its tuple, has samples or tests, and is documented."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from pathlib import Path

import pytest

from collectors import guard
from collectors.model.answer import Answer
from collectors.model.evidence import Query, Question
from collectors.model.platform import Platform, no_refusal
from collectors.model.questions import TRAITS
from collectors.platforms import PLATFORMS
from collectors.playbook import STEPS
from tests.collectors.asked import ABOUTS
from workbench.analysis.case.verdict import Cause, FixClass
from workbench.analysis.diagnosis.hypotheses import HYPOTHESES
from workbench.report import words

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
CAUSES = {hypothesis.__name__: hypothesis for hypothesis in HYPOTHESES}


def modules(package: str) -> list[str]:
    """The public modules of a package."""
    folder = ROOT / package.replace(".", "/")
    names = {
        p.stem if p.is_file() else p.name
        for p in folder.iterdir()
        if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    return sorted(name for name in names if not name.startswith("_"))


def objects_in(package: str, kind: type) -> dict[str, object]:
    """Every plug-in that some module of the package defines, listed or not."""
    found = {}
    for name in modules(package):
        module = importlib.import_module(f"{package}.{name}")
        found.update(
            {
                f"{name}.{key}": value
                for key, value in vars(module).items()
                if isinstance(value, kind)
            }
        )
    return found


def test_every_platform_that_is_written_is_listed() -> None:
    written = objects_in("collectors.platforms", type(PLATFORMS[0]))
    assert [name for name, platform in written.items() if platform not in PLATFORMS] == []
    assert len({platform.name for platform in PLATFORMS}) == len(PLATFORMS)


def test_every_step_that_is_written_is_listed() -> None:
    written = objects_in("collectors.playbook", type(STEPS[0]))
    assert [name for name, step in written.items() if step not in STEPS] == []
    assert len({step.id for step in STEPS}) == len(STEPS)


def test_every_question_has_its_traits_and_one_step() -> None:
    assert set(TRAITS) == set(Question)
    homes = Counter(question for step in STEPS for question in step.answers)
    assert [question.value for question in Question if homes[question] != 1] == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_asks_one_question_and_says_what_it_decides(step: object) -> None:
    assert step.question.endswith("?") and "\n" not in step.question  # type: ignore[attr-defined]
    assert step.title and step.run_phases  # type: ignore[attr-defined]


def test_every_hypothesis_that_is_written_is_listed() -> None:
    listed = [ask.__name__ for ask in HYPOTHESES]
    assert sorted(listed) == modules("workbench.analysis.diagnosis.hypotheses")


def test_every_cause_has_a_hypothesis_of_its_name() -> None:
    assert {ask.__name__ for ask in HYPOTHESES} == {cause.value for cause in Cause}


def test_every_cause_and_every_fix_has_words_for_people() -> None:
    assert set(words.CAUSES) == {cause.value for cause in Cause}
    assert set(words.FIXES) == {fix.value for fix in FixClass}


@pytest.mark.parametrize("ask", HYPOTHESES, ids=lambda ask: ask.__name__)
def test_a_hypothesis_asks_one_question_and_has_a_test(ask: object) -> None:
    question, _, _ = (ask.__doc__ or "").strip().partition("\n\n")
    assert question.endswith("?")
    named = ask.__name__  # type: ignore[attr-defined]
    tests = [path.read_text() for path in (ROOT / "tests" / "analysis").rglob("*.py")]
    assert any(named in text or named.upper() in text for text in tests)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_every_answer_of_a_platform_has_a_sample(platform: Platform) -> None:
    asked = platform.answers.items()
    missing = [
        q.value for q, answer in asked if not any(sampled(name, q) for name in sharing(q, answer))
    ]
    assert missing == []


def test_every_question_is_answered_somewhere() -> None:
    answered = {question for platform in PLATFORMS for question in platform.answers}
    assert [question.value for question in Question if question not in answered] == []


CATALOGUE = [(platform, question) for platform in PLATFORMS for question in platform.answers]


@pytest.mark.parametrize(
    ("platform", "question"), CATALOGUE, ids=lambda one: getattr(one, "name", str(one))
)
def test_the_guard_lets_the_whole_catalogue_be_sent(platform: Platform, question: Question) -> None:
    answer = platform.answers[question]
    sent = [
        (params, command) for params in ABOUTS if (command := answer.command(params)) is not None
    ]
    elevation = platform.login.elevation
    for params, command in sent:
        query = Query("fw-a", question, params)
        guard.check(command.encode(), platform, query)
        if elevation:
            elevated = guard.refusal(f"{elevation.prefix} {command}".encode(), platform, query)
            assert (elevated is None) == answer.privileged


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_programs_are_allowed_where_something_is_asked(platform: Platform) -> None:
    answers = platform.answers.values()
    asked = any(answer.command(params) for answer in answers for params in ABOUTS)
    assert asked is bool(platform.grammar.programs)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_the_guard_lets_be_sent_what_is_asked_at_login(platform: Platform) -> None:
    login = platform.login
    asked = [
        *login.prepare,
        *([login.rights.command] if login.rights else []),
        *([login.clock.command] if login.clock else []),
        *([login.elevation.test] if login.elevation else []),
    ]
    for command in asked:
        guard.check(command.encode(), platform)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_a_platform_that_is_asked_knows_how_a_device_refuses(platform: Platform) -> None:
    """Without it a refusal is read as an answer, and an empty one as "none"."""
    if platform.grammar.programs:
        assert platform.refusal is not no_refusal


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_every_program_is_allowed_for_a_reason(platform: Platform) -> None:
    programs = platform.grammar.programs
    assert [name for name, program in programs.items() if len(program.reason.split()) < 3] == []


def sharing(question: Question, answer: Answer) -> list[str]:
    """The platforms that answer this question in the very same way."""
    return [platform.name for platform in PLATFORMS if platform.answers.get(question) is answer]


def sampled(platform: str, question: Question) -> bool:
    """Is there a raw output with what is read from it?"""
    folder = FIXTURES / platform / question.value
    raws = [path for path in folder.glob("*.raw*") if path.is_file()]
    return any(path.with_name(path.name.split(".raw")[0] + ".json").exists() for path in raws)


def test_every_sample_has_what_is_read_from_it_and_belongs_to_a_question() -> None:
    questions = {question.value for question in Question}
    samples = list(FIXTURES.glob("*/*/*.json"))
    assert samples
    for path in samples:
        json.loads(path.read_text())
        assert path.parent.name in questions, path
