"""Phases of review: each keeps its blind mode, whatever the grants say; the mix is counted; roles are kept apart."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.workflow.test_loader import load, type_source
from tests.engines.workflow.test_refusals import only, refused
from tests.engines.workflow.test_simulate import types
from yuantou.engines.workflow import (
    Holder,
    PhaseKind,
    ProgrammeType,
    acts,
    broken,
    in_phase,
    states_granted,
    unmet,
    visible_answers,
    visible_fields,
)
from yuantou.engines.workflow.model import Share
from yuantou.engines.workflow.phases import bounds
from yuantou.engines.workflow.visibility import NAMES

FIELDS = {"number", "title", "answers", "abstract", "attachments", "comments", "response", "debate", *NAMES}
YOUNG, DISPUTED, CHALLENGE = (load(type_source(name)) for name in ("young-lump-sum", "non-consensus", "challenge"))

PHASED = [programme for programme in types() if programme.review.phases]


def seen(programme: ProgrammeType, role: str, state: str = "in_review") -> frozenset[str]:
    return visible_fields(programme, "proposal", state=state, roles={role}, fields=FIELDS)


@given(st.sampled_from(types()), st.data())
def test_no_double_blind_phase_ever_shows_a_name(programme: ProgrammeType, data: st.DataObject) -> None:
    phase = data.draw(st.sampled_from(programme.phases))
    state = data.draw(st.sampled_from([state.id for state in programme.machine("proposal").states]))
    role = in_phase(data.draw(st.sampled_from(["reviewer", "invitee"])), phase)
    shown = seen(programme, role, state)
    if phase.blind == "double":
        assert not shown & NAMES
        named = {key for field in programme.fields if field.identifies for key in field.keys}
        assert not phase.id or not visible_answers(programme, {role}) & named
    assert not shown & ({"comments", "response", "debate"} - set(phase.hears))
    for name in FIELDS:  # the twin for lists says the same
        assert (state in states_granted(programme, "proposal", role, name)) is (name in shown)


@given(st.sampled_from(PHASED), st.lists(st.integers(0, 5), max_size=10))
def test_a_call_goes_through_its_phases_in_order_and_only_then_ends_its_review(
    programme: ProgrammeType, choices: list[int]
) -> None:
    machine, phase, passed = programme.machine("call"), programme.phases[0], [programme.phases[0]]
    for choice in choices:
        following = programme.phase_after(phase.id)
        facts = dict.fromkeys(("phase_done", "mix_met", "no_open_assignments"), choice % 3 > 0)
        facts |= {"phase_left": following is not None, "last_phase": following is None}
        options = acts(machine, state="in_review", roles={"officer"}, facts=facts)
        ways = {act.transition.id for act in options if act.is_open}
        assert ("next_phase" in ways) is (choice % 3 > 0 and following is not None)
        assert ("finish_review" in ways) is (choice % 3 > 0 and following is None)
        if "next_phase" in ways and following:
            phase = following
            passed.append(phase)
    assert passed == list(programme.phases_until(phase.id))


def test_an_outline_is_read_without_names_and_the_full_text_with_them() -> None:
    outline, full = YOUNG.phases
    assert not seen(YOUNG, in_phase("reviewer", outline)) & {*NAMES, "attachments", "comments"}
    assert seen(YOUNG, in_phase("reviewer", full)) >= {*NAMES, "attachments", "comments"}
    assert "works" not in visible_answers(YOUNG, {in_phase("reviewer", outline)})
    assert "works" in visible_answers(YOUNG, {in_phase("reviewer", full)})
    assert [criterion.id for criterion in outline.criteria] == ["idea"]
    assert (outline.ranks, full.ranks) == (False, True)


def test_what_the_form_hides_from_reviewers_stays_hidden_in_every_phase() -> None:
    programme = load(type_source("strategic"))
    for phase in programme.phases:
        assert "excluded_reviewers" not in visible_answers(programme, {in_phase("reviewer", phase)})


def test_a_committee_hears_the_debate_and_the_response_but_debaters_do_not_read_one_anothers_sheets() -> None:
    debate, response, committee = DISPUTED.phases
    assert (debate.kind, response.kind) == (PhaseKind.DEBATE, PhaseKind.RESPONSE)
    assert seen(DISPUTED, in_phase("reviewer", committee)) >= {"comments", "response", "debate"}
    assert not seen(DISPUTED, in_phase("reviewer", debate)) & {"comments", "response", "debate"}


@pytest.mark.parametrize(("blind", "named"), [("open", True), ("single", False), ("double", False)])
def test_only_an_open_phase_tells_the_applicant_who_judged(blind: str, named: bool) -> None:
    programme = load(type_source("non-consensus").replace('blind = "open", ranks', f'blind = "{blind}", ranks'))
    role = in_phase("applicant", programme.phases[0])
    fields = visible_fields(programme, "review", state="released", roles={role}, fields={"reviewer", "comments"})
    assert ("reviewer" in fields) is named
    assert "comments" in fields


@pytest.mark.parametrize("programme", types(), ids=lambda programme: programme.id)
def test_no_type_shows_applicants_more_of_a_review_than_is_meant_for_them(programme: ProgrammeType) -> None:
    fields = {"scores", "comments", "confidential", "familiarity", "state", "reviewer"}
    states = [state.id for state in programme.machine("assignment").states]
    for phase in programme.phases:
        meant = {"scores", "comments"} | ({"reviewer"} if phase.blind == "open" else set())
        for role in ("applicant", "respondent", "member", "institution", "public"):
            for state in (*states, "released"):
                roles = {role, in_phase(role, phase)}
                shown = visible_fields(programme, "review", state=state, roles=roles, fields=fields)
                assert shown <= (meant if role == "applicant" and state == "released" else set())


def test_a_type_of_an_earlier_day_has_one_phase_without_a_name() -> None:
    source, standard = type_source("strategic"), 'id = "next_phase"'
    programme = load(source, load_standard().replace(standard, 'id = "on"'))
    assert [phase.id for phase in programme.phases] == [""]
    assert programme.phases[0].mix == ()


def load_standard() -> str:
    from tests.engines.workflow.test_loader import STANDARD

    return STANDARD["standard"]


FIRST = (
    '{ id = "first", kind = "response", actors = ["applicant"], days = 3, name = { zh = "先", en = "First" } },\n'
    '  { id = "debate", kind = "debate"'
)
GRANT = """
[[visibility]]
record = "proposal"
roles = ["reviewer@outline"]
states = ["in_review"]
fields = ["title", "applicant"]
"""


@pytest.mark.parametrize(
    ("code", "name", "change"),
    [
        ("blind_shows_name", "young-lump-sum", ("[project]", f"{GRANT}\n[project]")),
        ("wrong_type", "young-lump-sum", ('blind = "double"', 'blind = "triple"')),
        ("unknown_section", "young-lump-sum", ('shows = ["outline"]', 'shows = ["outlines"]')),
        ("ranks_apart", "young-lump-sum", ("cuts = true", "cuts = true, ranks = true")),
        ("weights", "young-lump-sum", ('id = "idea", weight = 1.0', 'id = "idea", weight = 0.9')),
        ("phase_twice", "young-lump-sum", ('id = "full"', 'id = "outline"')),
        (
            "nothing_ranks",
            "challenge",
            (
                'blind = "single" },\n  { id = "grading"',
                'blind = "single", ranks = false },\n  { ranks = false, id = "grading"',
            ),
        ),
        ("hears_nothing", "challenge", ('hears = ["comments"]', 'hears = ["debate"]')),
        (
            "response_to_nothing",
            "non-consensus",
            (
                '{ id = "debate", kind = "debate"',
                FIRST,
            ),
        ),
        ("response", "non-consensus", ('actors = ["applicant"], days = 14', 'actors = ["reviewer"], days = 14')),
        ("debate_sides", "non-consensus", ('actors = ["pro_expert", "con_expert"]', 'actors = ["pro_expert"]')),
        ("unknown_trait", "market-application", ('trait = "user"', 'trait = "famous"')),
        ("mix", "market-application", ("low = 0.4", "low = 0.4, high = 0.3")),
        ("nobody_may", "challenge", ('appointed = ["poser", "co_judge"]', 'appointed = ["poser", "co_judge", "king"]')),
        ("gate_by", "challenge", ('by = ["poser", "co_judge"]', 'by = ["poser", "reviewer"]')),
        ("gate_by", "challenge", ('frozen = ["acceptance_metrics", "test_protocol"]', 'frozen = ["hopes"]')),
    ],
)
def test_unsound_phases_are_refused(code: str, name: str, change: tuple[str, str]) -> None:
    problem = only(refused(name, change), code)
    assert problem.remedy.zh
    assert problem.remedy.en


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 12))
def test_bounds_of_a_mix_can_always_be_met(one: float, other: float, total: int) -> None:
    share = Share("foreign", min(one, other), max(one, other))
    least, most = bounds(share, total)
    assert 0 <= least <= most <= total
    assert least <= math.ceil(share.low * total)
    assert most >= math.floor(share.high * total)


def test_a_mix_names_what_is_missing_and_what_is_too_much() -> None:
    mix = load(type_source("joint-bilateral")).phases[0].mix
    ours, theirs = {"named_by_agency_a"}, {"named_by_agency_b"}
    assert unmet(mix, [ours, ours, theirs, theirs]) == ()
    assert [(one.share.trait, one.missing) for one in unmet(mix, [ours, ours, ours, theirs])] == [
        ("named_by_agency_a", -1),
        ("named_by_agency_b", 1),
    ]
    assert unmet(mix, []) == ()


def test_poser_co_judge_and_solver_are_kept_apart_by_person_and_by_house() -> None:
    poser, judge = Holder("poser", "p", frozenset({"plant"})), Holder("co_judge", "j", frozenset({"lab"}))
    assert broken(CHALLENGE, [poser, judge, Holder("solver", "s", frozenset({"uni"}))]) == ()
    assert len(broken(CHALLENGE, [poser, Holder("solver", "s", frozenset({"uni", "plant"}))])) == 1
    assert len(broken(CHALLENGE, [poser, judge, Holder("solver", "p")])) == 1
    assert len(broken(CHALLENGE, [poser, Holder("co_judge", "q", frozenset({"plant"}))])) == 1
    champion, against = Holder("champion", "c", frozenset({"a"})), Holder("con_expert", "d", frozenset({"a"}))
    assert broken(DISPUTED, [champion, against]) == ()  # one house is no bar there, one person is
    assert len(broken(DISPUTED, [champion, Holder("con_expert", "c")])) == 1
