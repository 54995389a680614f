"""What follows an award, as data: the calendar of reports, and what each kind of call asks of its projects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.workflow.test_loader import load, type_source
from tests.engines.workflow.test_simulate import PATHS
from yuantou.engines.workflow.project_plan import START

TYPES = [load(path.read_text("utf-8")) for path in PATHS]


@given(months=st.integers(1, 120), which=st.integers(0, len(TYPES) - 1))
def test_reports_come_in_order_and_the_final_one_alone_at_the_end(months: int, which: int) -> None:
    plan = TYPES[which].project
    calendar = plan.calendar(months)
    due = [month for _report, _number, month in calendar]
    assert due == sorted(due)
    assert [report for report, _number, month in calendar if month >= months] == [plan.final]
    for report in plan.reports:
        expected = list(range(report.every_months, months, report.every_months))
        assert [month for one, _n, month in calendar if one == report] == expected
        assert [number for one, number, _m in calendar if one == report] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize("programme", TYPES, ids=lambda programme: programme.id)
def test_every_instalment_can_be_reached_and_all_make_the_award(programme) -> None:
    plan = programme.project
    assert sum(one.share for one in plan.instalments) == pytest.approx(1)
    assert plan.instalments[0].after == START
    assert all(gate.month <= plan.months[0] for gate in plan.gates)


def test_stable_support_asks_for_one_page_a_year_that_nobody_has_to_approve() -> None:
    [note] = load(type_source("stable-support")).project.reports
    assert (note.every_months, note.max_pages, note.filed) == (12, 1, True)


def test_the_second_stage_of_non_consensus_support_waits_for_its_gate() -> None:
    plan = load(type_source("non-consensus")).project
    assert [one.after for one in plan.instalments] == [START, plan.gates[0].id]


def test_runners_of_a_race_begin_with_equal_shares_and_pass_two_gates() -> None:
    plan = load(type_source("horse-race")).project
    assert [gate.outcomes for gate in plan.gates] == [("advance", "merge", "stop_with_honour")] * 2
    assert plan.instalments[0].share == pytest.approx(0.2)


def test_no_template_of_evaluation_counts_papers_or_looks_at_journals() -> None:
    for programme in TYPES:
        for question in programme.project.evaluation.questions:
            asked = question.name.en + question.question.en
            assert "impact factor" not in asked.lower()
            assert "number of papers" not in asked.lower()
