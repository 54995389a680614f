"""``yuantou kinds``: what is shipped, what is wrong with a file, where its records can go; all without the web."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from yuantou.cli import main

SHIPPED = Path(str(files("yuantou")))
FACILITIES = (SHIPPED / "registers" / "facilities.toml").read_text("utf-8")
TALENT = (SHIPPED / "programme_types" / "talent.toml").read_text("utf-8")


def test_the_shipped_kinds_are_listed_and_found_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinds", "list", "--lang", "en"]) == 0
    listed = capsys.readouterr().out
    assert "Talent programme" in listed
    assert "register of facility, instrument" in listed
    every = [str(path) for path in SHIPPED.glob("programme_types/[!_]*.toml")]
    every += [str(path) for path in SHIPPED.glob("registers/*.toml")]
    assert main(["kinds", "check", *every, "--lang", "en"]) == 0
    assert capsys.readouterr().out.endswith(f"{len(every)} files, 0 findings.\n")


@pytest.mark.parametrize(
    ("text", "change", "line", "said"),
    [
        (FACILITIES, ('guards = ["begun"]', 'guards = ["begunn"]'), 'id = "miss"', "Nothing answers “begunn”"),
        (FACILITIES, ("{instrument}", "{telescope}"), "letter.booking_published", "“{telescope}” is no placeholder"),
        (FACILITIES, ("{instrument}", "{instrument.name}"), "letter.booking_published", "“{instrument.name}” is no"),
        (FACILITIES, ("{instrument}", "{instrument"), "letter.booking_published", "“{{}” is no placeholder"),
        (FACILITIES, ('record = "booking"', 'record = "sitting"'), 'record = "sitting"', "“sitting” is no record"),
        (FACILITIES, ("needs_reason = true", "needs_raeson = true"), "needs_raeson", "There is no key “needs_raeson”"),
        (FACILITIES, ("scientist =", "astronomer ="), "astronomer", "“astronomer” is no role that anybody can hold"),
        (TALENT, ('clauses = ["', 'clauses = ["M555", "'), "M555", "“M555” is no clause"),
        (TALENT, ('rule = "line"', 'rule = "astrology"'), "astrology", "“astrology” is no decision rule"),
        (TALENT, ("required = true", 'required = "zzz"'), 'required = "zzz"', "“required” is of the wrong kind"),
        (TALENT, ('"representative_works_long_cycle"', '"facility_use"'), "evaluation = ", "does not fit this type"),
    ],
)
def test_each_finding_is_one_line_with_file_line_and_remedy(
    text: str, change: tuple[str, str], line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert change[0] in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(*change, 1), "utf-8")
    assert main(["kinds", "check", str(path), "--lang", "en"]) == 1
    [*every, count] = capsys.readouterr().out.splitlines()
    found = next((one for one in every if said in one), str(every))
    row = int(found.removeprefix("own.toml:row ").split(":")[0])
    assert line.partition(".")[0] in path.read_text("utf-8").splitlines()[row - 1]
    assert found.endswith(".")
    assert count.startswith("1 files, ")
    assert main(["kinds", "check", str(path), "--lang", "zh"]) == 1
    assert "own.toml:row" in capsys.readouterr().out


def test_a_banned_criterion_is_refused_wherever_it_is_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (SHIPPED / "programme_types" / "young-lump-sum.toml").read_text("utf-8")
    own = 'question = { zh = "SCI论文数量和h指数？", en = "Number of SCI papers and h-index?" }'
    path = tmp_path / "counting.toml"
    changed = text.replace(text[text.index("question = {") : text.index("}", text.index("question = {")) + 1], own, 1)
    assert changed != text
    path.write_text(changed, "utf-8")
    assert main(["kinds", "check", str(path), "--lang", "en"]) == 1
    assert "SCI" in capsys.readouterr().out


def test_a_kind_is_tried_from_its_first_state_to_each_of_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kinds", "try", str(SHIPPED / "registers" / "directions.toml"), "--lang", "en"]) == 0
    tried = capsys.readouterr().out
    assert "question: Draft —Propose (Contributor)→ Proposed —Merge into another (Programme officer)→ Merged" in tried
    assert main(["kinds", "try", str(SHIPPED / "programme_types" / "non-consensus.toml"), "--lang", "zh"]) == 0
    assert "评审: 正反方辩论 → 申请人回应 → 委员会合议" in capsys.readouterr().out


def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('id = "x"\nversion = one\n', "utf-8")
    assert main(["kinds", "try", str(path), "--lang", "en"]) == 1
    assert capsys.readouterr().out.startswith("broken.toml:row 2: ")


def test_a_kind_is_checked_without_starting_the_web() -> None:
    script = (
        "import sys; from yuantou.cli import main; assert main(['kinds', 'list']) == 0;"
        "heavy = {'polars', 'numba', 'django', 'ortools'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
