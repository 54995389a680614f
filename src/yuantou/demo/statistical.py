"""Calls of any size whose sizes, shares and ties follow the statistics of real calls; nobody wrote any of it."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yuantou.demo.vocabulary import LANGUAGES, Names, Phrases, coined, organisation_names, phrases, templates
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.seed import Seed
from yuantou.pipelines.tables import CallInput

Ints = NDArray[np.int64]

EXPERTS_PER_PROPOSAL: Final = 0.6
WORKS_PER_EXPERT: Final = 5.0
REVIEWS_PER_PROPOSAL: Final = 3
PROPOSALS_PER_TOPIC: Final = 40
PROPOSALS_PER_ORGANISATION: Final = 200
CHINESE_PROPOSALS: Final = 0.7
CHINESE_WORKS: Final = 0.4
BUDGET_SHARE: Final = 0.25
YEAR: Final = 2026
_OWN, _NEAR, _FAR = 8, 5, 3  # phrases of a topic: from its theme, its discipline, anywhere
_COINED: Final = 2
_BLOCK: Final = 100_000  # rows whose text is put together at a time


@dataclass(frozen=True, slots=True)
class _Topics:
    """Small fields of research, in the order of disciplines so that neighbours are alike.

    ``phrases`` holds for each language an array (topics × phrases) of numbers into the vocabulary; the last two are
    invented names that no other topic has, as genes and compounds have them.
    """

    theme: Ints
    discipline: Ints
    phrases: dict[str, Ints]

    @property
    def count(self) -> int:
        return len(self.theme)


def generated_call(size: int, *, seed: int) -> CallInput:
    """Return a statistical call for load tests and benchmarks.

    Parameters
    ----------
    size:
        Number of proposals, 1 to 1,000,000. There are 0.6 experts for each proposal and on average 5 works for each
        expert (1 + Poisson), three reviews for each proposal and one declared conflict for fifty proposals.
    seed:
        Equal seeds give equal tables.

    Returns
    -------
    CallInput
        Disciplines follow a power law (exponent 0.7) and organisations Zipf's law; the words of a text come from its
        topic (one for forty proposals), 70 % of proposals and 40 % of works are in Chinese; money is log-normal;
        scores are merit + strictness + noise on a scale of 1 to 5. One work in fifty has an applicant of the same
        topic among its authors. Every record is marked ``fictional``.

    Raises
    ------
    InputError
        If ``size`` is out of range.

    Notes
    -----
    Time and memory grow linearly: about 1.3 kB for each proposal with its experts, works and reviews.
    """
    if not 1 <= size <= 1_000_000:
        raise InputError(
            LocalText(f"规模 {size} 超出范围。", f"A size of {size} is out of range."),
            LocalText("请给出 1 至 1000000。", "Give 1 to 1,000,000."),
            code="input.size",
        )
    streams = Seed(seed)

    def rng(use: str) -> np.random.Generator:
        return np.random.default_rng(streams.stream(use))

    words, topics = _topics(rng("topics"), max(len(phrases().themes), size // PROPOSALS_PER_TOPIC), phrases())
    places = organisation_names(max(30, size // PROPOSALS_PER_ORGANISATION))
    experts, home = _experts(rng("experts"), max(5, round(size * EXPERTS_PER_PROPOSAL)), topics, words, places)
    proposals, field = _proposals(rng("proposals"), size, topics, words, places)
    works = _works(rng("works"), experts, home, proposals, field, topics, words)
    return CallInput(
        proposals=proposals,
        experts=experts.drop("name_en"),
        works=works,
        conflicts=_conflicts(rng("conflicts"), proposals, field, experts, home),
        reviews=_reviews(rng("reviews"), proposals, field, experts, home),
        budgets=pl.DataFrame(
            {"pot": pl.Series([None], dtype=pl.String), "amount": [float(proposals["requested"].sum()) * 0.25]}
        ),
    )


def _power(count: int, exponent: float) -> NDArray[np.float64]:
    weights = np.arange(1, count + 1, dtype=float) ** -exponent
    return weights / weights.sum()


def _topics(rng: np.random.Generator, count: int, words: Phrases) -> tuple[Phrases, _Topics]:
    """Draw topics (a skewed discipline, a theme of it, phrases mostly of that theme) and the vocabulary they use."""
    fields = int(words.discipline.max()) + 1
    discipline = rng.permutation(fields)[rng.choice(fields, count, p=_power(fields, 0.7))]
    size = np.bincount(words.discipline)
    start = np.concatenate(([0], np.cumsum(size)[:-1]))
    theme = np.sort(start[discipline] + (rng.random(count) * size[discipline]).astype(np.int64))
    near = start[words.discipline[theme]] + (rng.random(count) * size[words.discipline[theme]]).astype(np.int64)
    drawn = {language: _draw(rng, words, language, theme, near) for language in LANGUAGES}
    names = coined(_COINED * count)
    more = {language: pl.concat([words.text[language], names]) for language in LANGUAGES}
    return replace(words, text=more), _Topics(theme, words.discipline[theme], drawn)


def _draw(rng: np.random.Generator, words: Phrases, language: str, theme: Ints, near: Ints) -> Ints:
    """Return for each topic the numbers of its phrases, its own ones first."""
    first, length = words.first[language], words.length[language]
    far = rng.integers(0, len(first), (len(theme), _FAR))
    runs = [_run(rng, first, length, theme, _OWN), _run(rng, first, length, near, _NEAR)]
    runs.append(first[far] + (rng.random(far.shape) * length[far]).astype(np.int64))
    own = len(words.text[language]) + np.arange(_COINED * len(theme)).reshape(-1, _COINED)
    return np.column_stack([*runs, own])


def _run(rng: np.random.Generator, first: Ints, length: Ints, theme: Ints, count: int) -> Ints:
    """Return phrases of a theme that follow one another, as they do in a title, from a place drawn."""
    start = (rng.random(len(theme)) * length[theme]).astype(np.int64)
    return first[theme][:, None] + (start[:, None] + np.arange(count)) % length[theme][:, None]


def _experts(
    rng: np.random.Generator, count: int, topics: _Topics, words: Phrases, places: pl.Series
) -> tuple[pl.DataFrame, Ints]:
    """Return experts in the order of their topics, so that neighbours in the table are neighbours in research."""
    home = np.sort(rng.integers(0, topics.count, count))
    names = Names(rng, count, foreign=0.2)
    here, there = (rng.choice(len(places), count, p=_power(len(places), 1.0)) for _ in range(2))
    moved = rng.random(count) < 0.4
    known = [
        _gather(words.text[language], topics.phrases[language][home, place])
        for language in LANGUAGES
        for place in range(2)
    ]
    frame = pl.DataFrame(
        {
            "expert_id": _numbers("E", count),
            "name": names.own,
            "orcid": pl.Series([None] * count, dtype=pl.String),
            "organisation": _gather(places, here),
            "organisations": pl.Series(_gather(places, there)),
            "max_load": rng.integers(5, 11, count),
            "name_en": names.latin,
            "fictional": True,
        }
    )
    past = pl.when(pl.Series(moved)).then(pl.concat_list("organisations"))
    topical = pl.concat_list(*known)
    return frame.with_columns(organisations=past, topics=topical), home


def _proposals(
    rng: np.random.Generator, count: int, topics: _Topics, words: Phrases, places: pl.Series
) -> tuple[pl.DataFrame, Ints]:
    field = rng.integers(0, topics.count, count)
    names = [Names(rng, count, foreign=0.0) for _ in range(3)]
    chinese = rng.random(count) < CHINESE_PROPOSALS
    team = rng.integers(0, 3, count)
    text = _texts(rng, chinese, field, topics, words, sentences=4)
    keywords = [pl.Series(_either(chinese, field, place, topics, words)) for place in range(4)]
    frame = text.with_columns(
        proposal_id=_numbers("G", count),
        keywords=pl.concat_list(*keywords).list.unique(maintain_order=True),
        discipline=_gather(pl.Series(words.codes), topics.discipline[field]),
        applicant=names[0].own,
        participants=pl.when(pl.Series(team > 0)).then(
            pl.concat_list(names[1].own, names[2].own).list.head(pl.lit(pl.Series(team)))
        ),
        organisation=_gather(places, rng.choice(len(places), count, p=_power(len(places), 1.0))),
        requested=pl.Series(np.clip(np.rint(rng.lognormal(np.log(60), 0.45, count)), 5, 300) * 10_000.0),
        demand=pl.lit(None, pl.Int64),
        language=pl.when(pl.Series(chinese)).then(pl.lit("zh")).otherwise(pl.lit("en")),
        applicant_en=names[0].latin,
        fictional=pl.lit(value=True),
    )
    return frame, field


def _works(
    rng: np.random.Generator,
    experts: pl.DataFrame,
    home: Ints,
    proposals: pl.DataFrame,
    field: Ints,
    topics: _Topics,
    words: Phrases,
) -> pl.DataFrame:
    """Return the works of every expert: some with a neighbour, one in fifty with an applicant of the same topic."""
    owner = np.repeat(np.arange(len(home)), 1 + rng.poisson(WORKS_PER_EXPERT - 1, len(home)))
    count = len(owner)
    chinese = rng.random(count) < CHINESE_WORKS
    near = np.clip(home[owner] + rng.integers(-1, 2, count), 0, topics.count - 1)
    topic = np.where(rng.random(count) < 0.8, home[owner], near)
    beside = np.clip(owner + rng.integers(1, 4, count), 0, len(home) - 1)
    tied = np.where(rng.random(count) < 0.02, _applicants_of(rng, home[owner], field), -1)
    authors = [
        _printed(experts, "name", "name_en", owner, chinese),
        _printed(experts, "name", "name_en", np.where(rng.random(count) < 0.5, beside, -1), chinese),
        _printed(proposals, "applicant", "applicant_en", tied, chinese),
    ]
    text = _texts(rng, chinese, topic, topics, words, sentences=1)
    return text.with_columns(
        work_id=_numbers("W", count),
        expert_id=_gather(experts["expert_id"], owner),
        year=pl.Series(YEAR - rng.geometric(0.15, count).clip(1, 30) + 1),
        authors=pl.concat_list(*authors).list.drop_nulls().list.unique(maintain_order=True),
        fictional=pl.lit(value=True),
    )


def _applicants_of(rng: np.random.Generator, topic: Ints, field: Ints) -> Ints:
    """Return for each topic the number of a proposal of that topic, -1 where it has none."""
    order = np.argsort(field, kind="stable")
    first, last = (np.searchsorted(field[order], topic, side) for side in ("left", "right"))
    some = first + (rng.random(len(topic)) * (last - first)).astype(np.int64)
    return np.where(last > first, order[np.minimum(some, len(order) - 1)], -1)


def _printed(people: pl.DataFrame, own: str, latin: str, number: Ints, chinese: NDArray[np.bool_]) -> pl.Series:
    """Return names in the script of the work; none where the number is negative."""
    picked = people.select(own, latin)[np.maximum(number, 0)]
    shown = pl.when(pl.Series(chinese)).then(pl.col(own)).otherwise(pl.col(latin))
    return picked.select(printed=pl.when(pl.Series(number >= 0)).then(shown)).to_series()


def _texts(
    rng: np.random.Generator,
    chinese: NDArray[np.bool_],
    topic: Ints,
    topics: _Topics,
    words: Phrases,
    *,
    sentences: int,
) -> pl.DataFrame:
    """Return titles and abstracts, put together block by block to keep memory small."""
    blocks = [
        _block(rng, chinese[start : start + _BLOCK], topic[start : start + _BLOCK], topics, words, sentences)
        for start in range(0, len(topic), _BLOCK)
    ]
    return pl.concat(blocks)


def _block(
    rng: np.random.Generator, chinese: NDArray[np.bool_], topic: Ints, topics: _Topics, words: Phrases, sentences: int
) -> pl.DataFrame:
    frame = pl.DataFrame({"chinese": chinese, "row": np.arange(len(topic))})
    parts = []
    for language, part in (("zh", chinese), ("en", ~chinese)):
        title = _filled(rng, language, topic[part], topics, words, templates(language, "title"))
        body = [
            _filled(rng, language, topic[part], topics, words, templates(language, "sentence"))
            for _ in range(sentences)
        ]
        joined = pl.DataFrame({"title": title, "abstract": pl.Series(body[0])})
        for extra in body[1:]:
            joined = joined.with_columns(
                abstract=pl.concat_str("abstract", extra, separator="" if language == "zh" else " ")
            )
        parts.append(joined.with_columns(row=frame["row"].filter(pl.Series(part))))
    return pl.concat(parts).sort("row").select("title", "abstract")


def _filled(
    rng: np.random.Generator, language: str, topic: Ints, topics: _Topics, words: Phrases, patterns: tuple[str, ...]
) -> pl.Series:
    """Return one sentence for each topic: a pattern with three of the topic's phrases."""
    pattern = rng.integers(0, len(patterns), len(topic))
    width = topics.phrases[language].shape[1]
    slots = np.argsort(rng.random((len(topic), width)), axis=1)[:, :3]
    picked = np.take_along_axis(topics.phrases[language][topic], slots, axis=1)
    frame = pl.DataFrame({name: _gather(words.text[language], picked[:, place]) for place, name in enumerate("abc")})
    chosen: Any = None
    for number, text in enumerate(patterns):
        filled = pl.format(text, "a", "b", "c")
        mask = pl.Series(pattern == number)
        chosen = pl.when(mask).then(filled) if chosen is None else chosen.when(mask).then(filled)
    return frame.select(text=chosen)["text"]


def _either(chinese: NDArray[np.bool_], topic: Ints, place: int, topics: _Topics, words: Phrases) -> pl.Series:
    """Return the phrase at a place of each topic, in the language of each row."""
    zh, en = (_gather(words.text[language], topics.phrases[language][topic, place]) for language in LANGUAGES)
    return pl.select(pl.when(pl.Series(chinese)).then(zh).otherwise(en)).to_series()


def _gather(values: pl.Series, index: Ints) -> pl.Series:
    return values.gather(index)


def _numbers(letter: str, count: int) -> pl.Series:
    return pl.select(pl.format(letter + "{}", pl.int_range(1, count + 1).cast(pl.String).str.zfill(7))).to_series()


def _nearby(rng: np.random.Generator, field: Ints, home: Ints, each: int) -> Ints:
    """Return for each proposal ``each`` different experts of its topic or next to it."""
    centre = np.searchsorted(home, field)
    reach = min(12, len(home))
    offsets = np.argsort(rng.random((len(field), reach)), axis=1)[:, :each]
    return (centre[:, None] + offsets - reach // 2) % len(home)


def _reviews(
    rng: np.random.Generator, proposals: pl.DataFrame, field: Ints, experts: pl.DataFrame, home: Ints
) -> pl.DataFrame:
    each = min(REVIEWS_PER_PROPOSAL, len(home))
    reviewer = _nearby(rng, field, home, each)
    merit = rng.normal(3.3, 0.6, (len(field), 1))
    strictness = rng.normal(0, 0.4, len(home))[reviewer]
    score = np.clip(np.rint(merit + strictness + rng.normal(0, 0.6, reviewer.shape)), 1, 5)
    rows = np.repeat(np.arange(len(field)), each)
    return pl.DataFrame(
        {
            "proposal_id": _gather(proposals["proposal_id"], rows),
            "reviewer_id": _gather(experts["expert_id"], reviewer.ravel()),
            "score": score.ravel(),
        }
    ).with_columns(panel=pl.lit(None, pl.String), criterion=pl.lit(None, pl.String))


def _conflicts(
    rng: np.random.Generator, proposals: pl.DataFrame, field: Ints, experts: pl.DataFrame, home: Ints
) -> pl.DataFrame:
    rows = np.flatnonzero(rng.random(len(field)) < 0.02)
    expert = _nearby(rng, field[rows], home, 1).ravel()
    return pl.DataFrame(
        {
            "proposal_id": _gather(proposals["proposal_id"], rows),
            "expert_id": _gather(experts["expert_id"], expert),
            "kind": pl.Series(["declared"] * len(rows), dtype=pl.String),
            "evidence": pl.Series(["generated"] * len(rows), dtype=pl.String),
        }
    )
