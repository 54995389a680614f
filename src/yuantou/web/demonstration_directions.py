"""Directions of the demonstration, and a generated corpus for its atlas. All of it is fictional and says so."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from django.conf import settings

from yuantou.apps.accounts.models import User
from yuantou.apps.directions import domain
from yuantou.apps.directions.models import Question
from yuantou.apps.registry.models import Organisation
from yuantou.connectors.atlas import Plan, prepare
from yuantou.demo.generate import demo_records
from yuantou.engines.literature.frontier import FrontierConfig
from yuantou.engines.literature.frontier_trees import TreeConfig
from yuantou.kernel.local_text import LocalText

NOTICE: Final = LocalText(
    "演示文献集：题名、作者与机构均由程序生成，不代表任何真实研究。",
    "Demonstration corpus: titles, people and institutions are generated and stand for no real research.",
)
FIRST, YEARS, EACH = 2004, 22, 130
QUICK: Final = FrontierConfig(horizon=3, horizons=(3,), copies=1, trees=TreeConfig(rounds=60, depth=3), earliest=6)
LINKS: Final = ("under", "beyond", "from", "without", "for")

DIRECTION: Final = {
    "kind": "direction",
    "title_zh": "量子材料中的涌现现象",
    "title_en": "Emergence in quantum materials",
    "statement_zh": "大量电子在一起时出现的新规律，能否由单个电子的规律推出？",
    "statement_en": "Can the laws that appear when many electrons meet be derived from those of a single one?",
    "why_now_zh": "样品纯度与测量精度在近年同时跨过门槛。",
    "why_now_en": "Purity of samples and precision of measurement have both crossed a threshold.",
    "orientation": "frontier",
    "mode": "free",
}
QUESTIONS: Final[tuple[dict[str, Any], ...]] = (
    {
        "title_zh": "高温超导的配对机理是什么？",
        "title_en": "What pairs the electrons of high-temperature superconductors?",
        "statement_zh": "在没有声子主导的材料中，什么相互作用使电子配对？",
        "statement_en": "Which interaction pairs electrons where phonons do not?",
        "why_now_zh": "新一类材料使竞争的理论第一次可以被分辨。",
        "why_now_en": "A new class of materials lets rival theories be told apart for the first time.",
        "orientation": "frontier",
        "mode": "free",
    },
    {
        "title_zh": "能否预测电池界面的老化？",
        "title_en": "Can the ageing of battery interfaces be predicted?",
        "statement_zh": "界面反应的快慢由哪些可测的量决定？",
        "statement_en": "Which measurable quantities set the pace of reactions at an interface?",
        "why_now_zh": "原位测量已能在工作条件下看到界面。",
        "why_now_en": "Interfaces can now be seen while they work.",
        "orientation": "economy",
        "mode": "goal",
    },
)
EVIDENCE: Final = (
    ("works", "近三年相关工作增长一倍，来自七个互不隶属的团队。", "demo:works/2026"),
    ("need", "两家用户单位书面提出同一需求。", "demo:letter/14"),
    ("expert", "十二位专家在闭门讨论中列为首要问题。", "demo:meeting/3"),
)


def load_directions(*, officer: User, scientist: User, agency: Organisation, now: datetime) -> None:
    """A direction with a priority and a question that lacks evidence, and a consultation in which one may vote."""
    review_on = (now + timedelta(days=300)).date()
    parent = _registered(DIRECTION, officer, agency, now, review_on)
    first, second = (_registered({**row, "parent": parent}, officer, agency, now, review_on) for row in QUESTIONS)
    for kind, text, source in EVIDENCE:
        domain.add_evidence(question=first, kind=kind, text=text, source=source, user=officer, now=now)
    domain.take_step(question=first, action="prioritise", user=officer, now=now, reason="三项证据来源各自独立。")
    domain.add_rival(
        question=first,
        text_zh="配对是否由磁涨落引起，抑或二者同源？",
        text_en="Do magnetic fluctuations cause pairing, or do both have one origin?",
        user=officer,
        now=now,
    )
    made = domain.plan_consultation(
        agency=agency,
        title_zh="2027 年关键科学问题征求意见",
        title_en="Consultation on the key questions of 2027",
        closes_on=(now + timedelta(days=30)).date(),
        user=officer,
        now=now,
    )
    domain.fill_consultation(
        consultation=made, questions=[first, second], emails=[scientist.email], user=officer, now=now
    )
    domain.move_consultation(consultation=made, action="open", user=officer, now=now)
    domain.comment(consultation=made, question=second, text="应说明温度范围。", user=scientist, now=now)


def _registered(
    values: dict[str, Any], officer: User, agency: Organisation, now: datetime, review_on: date
) -> Question:
    question = domain.draft_question(agency=agency, values={**values, "review_on": review_on}, user=officer, now=now)
    domain.set_owner(question=question, owner=officer, review_on=review_on, user=officer, now=now)
    domain.take_step(question=question, action="propose", user=officer, now=now)
    domain.take_step(question=question, action="register", user=officer, now=now)
    return question


def prepare_demonstration_atlas(*, now: datetime) -> str:
    """Work out the atlas of the generated corpus if the site has none; say in one line what there is."""
    folder = settings.ATLAS_DIR
    if (folder / "atlas.json").exists():
        return "Atlas: there already"
    plan = Plan(topics=24, notice_zh=NOTICE.zh, notice_en=NOTICE.en, frontier=QUICK)
    made = prepare(demonstration_works(), folder, plan=plan, now=now)
    return f"Atlas: {made['works']} generated works"


def demonstration_works(seed: int = 1) -> pl.DataFrame:
    """Return generated works: terms of the fictional experts, some of which rise while others are fads."""
    draw = np.random.default_rng(seed)
    people = [row for row in demo_records("people") if row["expert"]]
    terms = {key: sorted({term for row in people for term in row[f"topics_{key}"]})[:90] for key in ("zh", "en")}
    rises = {key: draw.integers(0, YEARS, len(words)) for key, words in terms.items()}
    places = [row["name_en"] for row in demo_records("organisations")]
    rows = [_work(draw, year, number, terms, rises, places) for year in range(YEARS) for number in range(EACH)]
    return pl.DataFrame(rows).sort("year", maintain_order=True)


def _work(
    draw: np.random.Generator,
    year: int,
    number: int,
    terms: dict[str, list[str]],
    rises: dict[str, np.ndarray],
    places: list[str],
) -> dict[str, Any]:
    key = "zh" if number % 5 == 0 else "en"
    age = year - rises[key]
    fads = np.arange(len(age)) % 4 == 0
    weight = np.where(fads, np.where((age >= 0) & (age < 3), 6.0, 0.4), np.where(age < 0, 0.4, np.minimum(1 + age, 8)))
    one, other = draw.choice(len(age), 2, replace=False, p=weight / weight.sum())
    words = terms[key]
    link = LINKS[int(draw.integers(len(LINKS)))]
    title = f"{words[one]}与{words[other]}" if key == "zh" else f"{words[one]} {link} {words[other]}"
    group = int(one) if fads[one] else int(draw.integers(400))
    near = [places[(int(one) + step) % len(places)] for step in range(1 + int(draw.integers(3)))]
    return {
        "work_id": f"demo-{FIRST + year}-{number}",
        "title": title,
        "abstract": "演示文本。" if key == "zh" else "Text of the demonstration.",
        "year": FIRST + year,
        "venue": f"Demonstration volume {one if fads[one] else number % 12}",
        "authors": [f"Demo Author {group}", f"Demo Author {400 + int(draw.integers(300))}"],
        "institutions": near,
        "countries": ["CN"] if number % 3 else ["CN", "XX"],
        "funders": ["Demonstration fund"],
    }
