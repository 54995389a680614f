"""Parameters of a call: read, refused, written and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.kernel.errors import InputError
from yuantou.kernel.hashing import canonical_json
from yuantou.kernel.score import Scale
from yuantou.pipelines.parameters import CallParameters, parse_scale


def test_settings_as_a_person_writes_them() -> None:
    read = CallParameters.from_mapping(
        {"scale": "1:5:0.5", "weights": {"novelty": 2}, "budget": 100, "steps": ["rank"]}
    )
    assert read == CallParameters(scale=Scale(1, 5, 0.5), weights={"novelty": 2.0}, budget=100.0, steps=("rank",))


@pytest.mark.parametrize(
    "settings",
    [
        {"sed": 1},
        {"seed": "1"},
        {"seed": -1},
        {"seed": True},
        {"max_load": 0},
        {"reviews_per_proposal": 2.5},
        {"scale": "1-5"},
        {"scale": "5:5"},
        {"scale": {"low": 1}},
        {"scale": 5},
        {"weights": {"a": 0}},
        {"weights": {"a": "x"}},
        {"weights": [1]},
        {"rule": "jump"},
        {"steps": ["dance"]},
        {"steps": "rank"},
        {"budget": -1},
        {"budget": float("nan")},
        {"one_per_organisation": 1},
        {"reviewer_labels": "some"},
        {"reviewer_model": ["kind"]},
        {"reviewer_model": "steep"},
    ],
)
def test_what_does_not_fit_is_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        CallParameters.from_mapping(settings)
    assert caught.value.place.column == next(iter(settings))
    assert caught.value.message.zh


@given(
    st.builds(
        CallParameters,
        seed=st.integers(0, 2**62),
        reviews_per_proposal=st.integers(1, 9),
        scale=st.none() | st.builds(Scale, st.floats(-9, 0), st.floats(1, 9), st.floats(0, 1), st.booleans()),
        weights=st.dictionaries(st.text(), st.floats(0.1, 9)),
        budget=st.none() | st.floats(0, 1e12),
        year=st.none() | st.integers(1900, 2100),
        one_per_organisation=st.booleans(),
        reviewer_model=st.lists(st.sampled_from(["steep", "noisy", "graded"]), unique=True).map(tuple),
    )
)
def test_parameters_survive_the_record(parameters: CallParameters) -> None:
    import json

    assert CallParameters.from_mapping(json.loads(canonical_json(parameters.as_dict()))) == parameters


def test_lower_may_be_better() -> None:
    assert parse_scale("40:0").higher_is_better is False
