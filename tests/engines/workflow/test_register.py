"""Workflows of records outside calls: read, judged, and every shipped one is sound."""

from importlib.resources import files
from pathlib import Path

import pytest

from yuantou.engines.workflow import load_register, visible_fields
from yuantou.kernel.errors import InputError

SOUND = """
id = "lamp"
[roles]
keeper = { zh = "管理员", en = "Keeper" }
public = { zh = "公众", en = "Public" }
[machine.lamp]
initial = "off"
state = [
  { id = "off", kind = "open", name = { zh = "关", en = "Off" } },
  { id = "on", kind = "settled", final = true, name = { zh = "开", en = "On" } },
]
transition = [{ id = "light", from = ["off"], to = "on", actors = ["keeper"], name = { zh = "开灯", en = "Light" } }]
[[visibility]]
record = "lamp"
roles = ["public"]
states = ["on"]
fields = ["name"]
"""


def test_a_register_grants_what_it_says_and_nothing_else() -> None:
    register = load_register(SOUND)
    fields = {"name", "price"}
    assert visible_fields(register, "lamp", state="on", roles={"public"}, fields=fields) == {"name"}
    assert not visible_fields(register, "lamp", state="off", roles={"public"}, fields=fields)
    assert not visible_fields(register, "lamp", state="on", roles={"keeper"}, fields=fields)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('to = "on"', 'to = "of"', "register.unknown_state"),
        ('actors = ["keeper"]', 'actors = ["nobody"]', "register.nobody_may"),
        (", final = true", "", "register.dead_end"),
        ('from = ["off"]', 'from = ["on"]', "register.unreachable"),
        ('roles = ["public"]', 'roles = ["pubic"]', "register.unknown_role"),
        ('states = ["on"]', 'states = ["lit"]', "register.unknown_state"),
        ('record = "lamp"', 'record = "lampe"', "register.unknown_record"),
    ],
)
def test_an_unsound_register_is_refused_with_its_place(old: str, new: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        load_register(SOUND.replace(old, new), name="lamp.toml")
    assert code in {problem.code for problem in refused.value.problems}


def test_a_missing_key_is_named() -> None:
    with pytest.raises(InputError) as refused:
        load_register(SOUND.replace('initial = "off"', ""))
    [problem] = refused.value.problems
    assert (problem.code, problem.place.column) == ("register.missing_key", "machine.lamp")
    assert "initial" in problem.message.en
    assert "initial" in problem.message.zh


@pytest.mark.parametrize(
    "path", sorted(Path(str(files("yuantou") / "registers")).glob("*.toml")), ids=lambda path: path.stem
)
def test_every_shipped_register_is_sound(path: Path) -> None:
    register = load_register(path.read_text("utf-8"), name=path.name)
    assert register.id == path.stem
    assert all(text.zh and text.en for text in register.roles.values())
