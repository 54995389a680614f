"""Facts of a kind: what they ask, when they open an act, and which are refused at loading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.workflow.test_loader import FREE, STANDARD, load, type_source
from tests.engines.workflow.test_simulate import PATHS
from yuantou.engines.workflow import Fact, Lacking, Machine, Refusal, Transition, Vocabulary, acts, decide
from yuantou.engines.workflow.facts import read_fact
from yuantou.engines.workflow.model import State, StateKind
from yuantou.kernel.errors import InputError, Problem
from yuantou.kernel.local_text import LocalText

WORD = LocalText("词", "Word")
SAYS = {"message": {"zh": "未到。", "en": "Not yet."}}
MEND = Problem("x", LocalText("甲", "First"), WORD)
MORE = Problem("y", LocalText("乙", "Second"), WORD)
STAFFED = Fact("staffed", LocalText("无人。", "Nobody is there."), LocalText("请指派。", "Name somebody."))
SMALL = Machine(
    "leave",
    "asked",
    (State("asked", WORD, StateKind.OPEN), State("granted", WORD, StateKind.SETTLED, final=True)),
    (Transition("grant", ("asked",), "granted", ("head",), WORD, ("staffed", "paid", "answered")),),
    (STAFFED, Fact("paid", LocalText("未付。", "Not paid.")), Fact("answered", WORD, when="known(given.text)")),
)


@pytest.mark.parametrize(
    ("when", "values", "held"),
    [
        ("record.amount <= 10", {"record": {"amount": 9}}, True),
        ("record.amount <= 10", {"record": {"amount": 11}}, False),
        ("record.amount <= 10", {"record": {}}, False),
        ("not record.amount", {"record": {}}, False),  # what is unknown opens nothing, turned round or not
        ("record.amount <= 10", {"record": {"amount": "nine"}}, False),
        ("given.part / given.whole > 0.5", {"given": {"part": 1, "whole": 0}}, False),
        ("min(answers.shares) >= 1", {"answers": {"shares": []}}, False),
        ("known(given.text)", {"given": {"text": " \n"}}, False),
        ("known(given.text)", {"given": {"text": "写了"}}, True),
        ("known(answers.shares)", {"answers": {"shares": []}}, False),
        ("fact.a and not fact.b", {"fact": {"a": True, "b": Lacking()}}, True),
    ],
)
def test_an_expression_opens_only_when_it_is_true(when: str, values: dict[str, object], held: bool) -> None:
    assert read_fact("f", {**SAYS, "when": when}).value(values) is held


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({**SAYS, "wenn": "fact.a"}, "wenn"),
        ({**SAYS, "when": "1 +"}, "when"),
        ({**SAYS, "when": "exec(record.amount)"}, "when"),
        ({**SAYS, "when": True}, "when"),
        ({**SAYS, "given": "yes"}, "given"),
        ({"when": "fact.a"}, "own"),
        ({**SAYS, "when": "amount > 1"}, "own"),
        ({**SAYS, "when": "rekord.amount > 1"}, "own"),
    ],
)
def test_a_fact_that_says_nothing_sensible_is_refused_at_its_line(table: dict[str, object], key: str) -> None:
    source = FREE + "\n[fact.own]\n" + "\n".join(f"{name} = {_toml(value)}" for name, value in table.items())
    with pytest.raises(InputError) as error:
        load(source)
    places = [problem.place for problem in error.value.problems] or [error.value.place]
    lines = {source.splitlines()[(place.row or 0) - 1].split(" ")[0] for place in places}
    assert lines == {"[fact.own]" if key == "own" else key}


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'{key} = "{text}"' for key, text in value.items()) + " }"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


@given(st.dictionaries(st.sampled_from(["staffed", "paid", "answered"]), st.booleans()))
def test_an_act_is_open_when_only_what_is_to_be_posted_is_lacking(facts: dict[str, bool]) -> None:
    [act] = acts(SMALL, state="asked", roles={"head"}, facts=facts)
    posted = decide(SMALL, state="asked", transition="grant", roles={"head"}, facts={**facts, "answered": True})
    assert act.is_open is isinstance(posted, Transition)
    assert [why.detail for why in act.lacking] == [g for g in ("staffed", "paid") if not facts.get(g)]


def test_a_refusal_has_the_words_of_the_kind_or_better_ones_of_the_provider() -> None:
    ask = {"state": "asked", "transition": "grant", "roles": {"head"}}
    said = decide(SMALL, **ask, facts={"paid": True, "answered": True})
    assert isinstance(said, Refusal)
    assert (said.message.en, said.remedy and said.remedy.en, said.error) == ("Nobody is there.", "Name somebody.", "")
    own = Lacking(LocalText("缺二人。", "Two are missing."), problems=(MEND,), code="leave.staff")
    said = decide(SMALL, **ask, facts={"staffed": own, "paid": Lacking(problems=(MORE,))})
    assert isinstance(said, Refusal)
    assert (said.message.en, said.remedy and said.remedy.en) == ("Two are missing.", "Name somebody.")
    assert (said.error, said.problems) == ("leave.staff", (MEND, MORE))  # a list to mend is the whole list


def guards() -> list[tuple[str, str, str, str]]:
    """Every guard of every shipped kind of call: type, record, step, fact."""
    found = []
    for path in PATHS:
        for record, machine in load(type_source(path.stem)).machines.items():
            found += [(path.stem, record, step.id, guard) for step in machine.transitions for guard in step.guards]
    return found


@pytest.mark.parametrize("record", sorted({record for _type, record, _step, _guard in guards()}))
def test_every_guard_closes_its_step_with_the_words_of_its_fact(record: str) -> None:
    for type_id, where, step_id, guard in guards():
        if where != record:
            continue
        machine = load(type_source(type_id)).machine(record)
        step = machine.transition(step_id)
        assert step is not None
        ask = {"state": step.sources[0], "transition": step_id, "roles": {step.actors[0]}, "reason": "because"}
        rest = dict.fromkeys(step.guards, True)
        assert decide(machine, **ask, facts=rest) == step
        said = decide(machine, **ask, facts={**rest, guard: False})
        assert isinstance(said, Refusal)
        assert (said.code, said.message, said.remedy) == (
            "guard",
            machine.fact[guard].message,
            machine.fact[guard].remedy,
        )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (('guards = ["call_complete"]', 'guards = ["call_compleet"]'), "machine.call.transition.publish"),
        (('guards = ["call_complete"]', 'guards = ["call_complete", "sunny"]'), "machine.call.transition.publish"),
    ],
)
def test_a_guard_that_is_not_declared_is_refused(change: tuple[str, str], where: str) -> None:
    assert change[0] in STANDARD["standard"]
    with pytest.raises(InputError) as error:
        load(FREE, STANDARD["standard"].replace(*change))
    [problem] = error.value.problems
    assert (problem.code, problem.place.column) == ("programme_type.unknown_fact", where)
    assert problem.place.row is not None


def test_a_fact_that_code_does_not_provide_is_refused_and_so_is_a_column_that_is_none() -> None:
    from yuantou.engines.workflow import load_programme_type

    provided = [(f"fact:{record}", [guard]) for _type, record, _step, guard in guards()]
    provided += [("fact:*", ["undo_open"]), ("column:project", ["tried"]), ("given:gate", ["results"])]
    rule = '\n[fact.complete]\nmessage = { zh = "未满。", en = "Too much." }\nwhen = "record.requested <= given.most"\n'

    def found(source: str, *more: tuple[str, list[str]], without: tuple[str, str] = ("", "")) -> list[str]:
        known = Vocabulary.of([*provided, *more])
        try:
            load_programme_type(source, name="t.toml", parents=STANDARD, known=Vocabulary(known.words - {without}))
        except InputError as error:
            return [problem.message.en for problem in error.problems if problem.code.endswith("unknown_fact")]
        return []

    column, posted = ("column:proposal", ["requested"]), ("given:proposal", ["most"])
    said = "Nothing answers “{}”: the step could never be taken."
    assert found(FREE) == []
    assert found(FREE, without=("fact:proposal", "complete")) == [said.format("complete")]
    assert found(FREE + rule, column, posted) == []
    assert found(FREE + rule, column) == [said.format("given.most")]
    assert found(FREE + rule, posted) == [said.format("record.requested")]


def test_facts_in_circles_are_refused() -> None:
    circle = "\n".join(
        f'[fact.{one}]\nmessage = {{ zh = "环", en = "Circle" }}\nwhen = "fact.{other}"'
        for one, other in (("complete", "members_confirmed"), ("members_confirmed", "complete"))
    )
    with pytest.raises(InputError) as error:
        load(FREE + "\n" + circle)
    found = {(problem.code, problem.place.column) for problem in error.value.problems}
    assert found == {("programme_type.fact_in_circles", f"fact.{one}") for one in ("complete", "members_confirmed")}


def test_what_was_published_before_facts_were_declared_gets_those_of_its_day_and_keeps_its_hash() -> None:
    from yuantou.engines.workflow import load_programme_type

    old = {"standard": STANDARD["standard"].replace('extends = "facts"\n', "")}
    plain = load_programme_type(FREE, name="t.toml", parents=old, judge=False)
    lifted = load_programme_type(FREE, name="t.toml", parents=old, judge=False, earlier=STANDARD["facts"])
    assert plain.machine("call").fact.keys() == {"undo_open"}
    assert lifted.machine("call").fact["call_complete"] == load(FREE).machine("call").fact["call_complete"]
    assert lifted.source_hash == plain.source_hash != load(FREE).source_hash
