"""Every kind of call runs from draft to closure by configuration alone; a thirteenth needs one file and no code."""

from pathlib import Path

import pytest

from tests.engines.workflow.test_loader import STANDARD, TYPES, load, type_source
from yuantou.engines.workflow import ProgrammeType, visible_fields
from yuantou.engines.workflow.expressions import holds
from yuantou.engines.workflow.simulate import simulate

PATHS = sorted(TYPES.glob("[!_]*.toml"))

THIRTEENTH = """
extends = "standard"
id = "seed-grants"
version = 1
research_type = "free_exploration"
name = { zh = "种子基金", en = "Seed grants" }
summary = { zh = "院系内部的小额资助。", en = "Small grants within a school." }
budget = { regime = "itemised", floor = 1000, ceiling = 50000 }
decision = { rule = "line" }
form = { section = [{ use = "basics" }, { use = "summary" }] }
project = { months = [3, 12], evaluation = "light", report = [] }

[review]
count = 2
max_load = 10
days = 7
blind = "single"
scale = { low = 1, high = 5, step = 1 }

[[review.criterion]]
id = "idea"
weight = 1.0
anchors = "quality"
name = { zh = "设想", en = "Idea" }
question = { zh = "值得一试吗？", en = "Worth a try?" }
"""


def types() -> list[ProgrammeType]:
    return [*[load(path.read_text("utf-8")) for path in PATHS], load(THIRTEENTH)]


def test_twelve_types_are_shipped() -> None:
    assert len(PATHS) >= 12


@pytest.mark.parametrize("programme", types(), ids=lambda programme: programme.id)
def test_a_type_runs_from_call_to_closure(programme: ProgrammeType) -> None:
    walks = simulate(programme)
    ends = {(walk.record, walk.final) for walk in walks}
    assert {("call", "decided"), ("proposal", "awarded"), ("proposal", "declined"), ("assignment", "submitted")} <= ends
    assert {("decision_list", "published"), ("project", "achieved"), ("project", "diligent")} <= ends
    for walk in walks:
        states = [walk.steps[0].source, *[step.target for step in walk.steps]]
        assert all(step.source == before for step, before in zip(walk.steps, states, strict=False))


@pytest.mark.parametrize("programme", types(), ids=lambda programme: programme.id)
def test_every_text_of_a_type_is_there_in_both_languages(programme: ProgrammeType) -> None:
    texts = [programme.name, programme.summary, *programme.roles.values()]
    texts += [field.label for field in programme.fields] + [section.title for section in programme.form]
    texts += [text for c in programme.review.criteria for text in (c.name, c.question, *c.anchors)]
    texts += [s.name for m in programme.machines.values() for s in m.states]
    texts += [t.name for m in programme.machines.values() for t in m.transitions]
    texts += [side for letter in programme.letters.values() for side in (letter.subject, letter.body)]
    texts += [rule.message for rule in programme.rules] + [gate.tests for gate in programme.project.gates]
    plan = programme.project
    named = [*plan.reports, plan.final, *plan.gates, *plan.instalments, *plan.changes, *plan.lines, *plan.agencies]
    named += [*plan.diligence, *plan.evaluation.questions, *plan.evaluation.grades]
    texts += [item.name for item in named] + [question.question for question in plan.evaluation.questions]
    assert all(text.zh and text.en for text in texts)


def test_the_age_rule_of_young_scientists_is_dated_and_counts_leave() -> None:
    rule = next(rule for rule in load(type_source("young-lump-sum")).rules if rule.id == "age")
    assert rule.since
    assert holds(rule.expression, {"applicant": {"age": 34, "sex": "m", "leave_years": 0}})
    assert not holds(rule.expression, {"applicant": {"age": 35, "sex": "m", "leave_years": 0}})
    assert holds(rule.expression, {"applicant": {"age": 36, "sex": "m", "leave_years": 2}})
    assert holds(rule.expression, {"applicant": {"age": 39, "sex": "f", "leave_years": 0}})
    assert not holds(rule.expression, {"applicant": {"age": 39}})


@pytest.mark.parametrize("programme", types(), ids=lambda programme: programme.id)
def test_no_role_but_the_officer_learns_who_reviewed(programme: ProgrammeType) -> None:
    states = [state.id for state in programme.machine("assignment").states]
    for role in set(programme.roles) - {"officer"}:
        for state in [*states, "released"]:
            assert not visible_fields(programme, "review", state=state, roles={role}, fields={"reviewer"})


def test_the_standard_is_no_type_of_its_own() -> None:
    assert "id" not in [line.split(" = ")[0] for line in STANDARD["standard"].splitlines()[:20]]
    assert not Path(TYPES / "standard.toml").exists()
