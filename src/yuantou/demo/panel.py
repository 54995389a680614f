"""Simulated reviews: a true merit for each proposal, a strictness for each reviewer, and chance."""

from collections import Counter
from typing import Any, Final

import numpy as np

from yuantou.demo.cast import Cast, Person, proposal_id, related
from yuantou.demo.papers import Work
from yuantou.demo.sources import Theme, rng, table, themes

CRITERIA: Final = ("question", "approach", "team")
LOAD: Final = 6
_MERIT_SD, _STRICTNESS_SD, _NOISE_SD, _MEAN = 0.65, 0.45, 0.55, 3.4


def reviews(cast: Cast, works: list[Work]) -> list[dict[str, Any]]:
    """Return three to five reviews for each proposal, by experts of its theme who have no conflict."""
    random = rng("reviews")
    strictness = {person.person_id: random.normal(0, _STRICTNESS_SD) for person in cast.experts}
    load: Counter[str] = Counter()
    found = []
    for theme in themes():
        merit = random.normal(_MEAN, _MERIT_SD)
        said: set[str] = set()
        for person in _reviewers(cast, works, theme, load):
            load[person.person_id] += 1
            true = merit + strictness[person.person_id] + random.normal(0, _NOISE_SD)
            scores = np.clip(np.rint(true + random.normal(0, 0.4, len(CRITERIA))), 1, 5).astype(int)
            given = dict(zip(CRITERIA, scores.tolist(), strict=True))
            found.append({**_record(theme, person, given), **_comment(random, theme, given, said)})
    return found


def _reviewers(cast: Cast, works: list[Work], theme: Theme, load: Counter[str]) -> list[Person]:
    """Return experts of the theme, those already at work first (few reviewers with more reviews show how strict they
    are), then others of the discipline.
    """

    def order(person: Person) -> tuple[bool, int, str]:
        return theme not in person.themes, -load[person.person_id], person.person_id

    barred = {expert for proposal, expert, *_ in cast.declared if proposal == proposal_id(theme)}
    barred |= {tie.expert_id for tie in cast.seeded if tie.proposal_id == proposal_id(theme)}
    field = [person for person in cast.experts if person.themes[0].discipline == theme.discipline]
    free = [person for person in field if load[person.person_id] < LOAD and person.person_id not in barred]
    able = [person for person in free if not in_conflict(cast, works, theme, person)]
    return sorted(able, key=order)[: 3 + theme.number % 3]


def in_conflict(cast: Cast, works: list[Work], theme: Theme, expert: Person) -> bool:
    """Tell whether an expert is of the team of a proposal, shares a place of work, or wrote with a name on it."""
    team = [cast.applicants[theme.number], *cast.colleagues[theme.number]]
    if any(person is expert for person in team):
        return True
    places = [expert.organisation, *(place for place, *_ in expert.past)]
    if any(related(place, person.organisation) for person in team[:1] for place in places):
        return True
    names = {person.name for person in team}
    return any(
        author.name in names
        for work in works
        if any(author is expert for author, _ in work.authors)
        for author, _ in work.authors
    )


def _record(theme: Theme, person: Person, scores: dict[str, int]) -> dict[str, Any]:
    return {
        "proposal_id": proposal_id(theme),
        "reviewer_id": person.person_id,
        "fictional": True,
        "panel": theme.discipline["code"],
        "scores": scores,
    }


def _comment(random: np.random.Generator, theme: Theme, scores: dict[str, int], said: set[str]) -> dict[str, str]:
    """Return one sentence for each criterion that agrees with its score, in both languages; none ``said`` before."""
    picks = random.choice(len(theme.proposal["keywords_zh"]), 2, replace=False)
    comment: dict[str, list[str]] = {"zh": [], "en": []}
    for criterion, score in scores.items():
        bank = table("comments")[criterion]["low" if score <= 2 else "mid" if score == 3 else "high"]
        fresh = [pair for pair in bank if pair[0] not in said] or bank
        pair = fresh[random.integers(len(fresh))]
        said.add(pair[0])
        for language, sentence in zip(("zh", "en"), pair, strict=True):
            words = [theme.proposal[f"keywords_{language}"][pick] for pick in picks]
            comment[language].append(_capital(sentence.format(a=words[0], b=words[1])))
    return {"comment_zh": "".join(comment["zh"]), "comment_en": " ".join(comment["en"])}


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
