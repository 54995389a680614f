"""Who wrote what: the works of the themes given to their experts, with the co-authorships that make conflicts."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from yuantou.demo.cast import YEAR, Cast, Person, proposal_id
from yuantou.demo.sources import Theme, is_chinese, rng, table, themes


@dataclass(slots=True)
class Work:
    """A work while its authors are found; ``outsiders`` are names of nobody on record."""

    title: str
    abstract: str
    year: int
    venue: str
    authors: list[tuple[Person, str]] = field(default_factory=list)
    outsiders: list[str] = field(default_factory=list)

    @property
    def chinese(self) -> bool:
        """Whether it is written in Chinese."""
        return is_chinese(self.title)

    def add(self, person: Person, *, initials: bool = False) -> None:
        """Put a person on the work, in the script of the work."""
        if all(author is not person for author, _ in self.authors):
            self.authors.append((person, printed(person, chinese=self.chinese, initials=initials)))


def printed(person: Person, *, chinese: bool, initials: bool = False) -> str:
    """Return a name as a journal prints it: characters, pinyin, or initials and surname."""
    if chinese and person.name_zh:
        return person.name_zh
    *given, family = person.name_en.split(" ")
    return f"{' '.join(part[0] + '.' for part in given)} {family}" if initials else person.name_en


def works(cast: Cast) -> list[Work]:
    """Return every work with its authors."""
    written: Counter[str] = Counter()
    random = rng("works")
    found: list[Work] = []
    for theme in themes():
        bank = [_work(random, title, abstract) for title, abstract in theme.works]
        _lead(cast, theme, bank, written)
        _join(random, cast, theme, bank, written)
        _tie(cast, theme, bank)
        found += bank
    return found


def _work(random: Any, title: str, abstract: str) -> Work:
    names = table("names")["venues_zh" if is_chinese(title) else "venues_en"]
    return Work(title, abstract, int(random.integers(YEAR - 10, YEAR + 1)), names[random.integers(len(names))])


def _lead(cast: Cast, theme: Theme, bank: list[Work], written: Counter[str]) -> None:
    """Give each work a first author whose main theme this is; works in Chinese to those who write Chinese."""
    main = [person for person in cast.experts if person.themes[0] is theme]
    for work in bank:
        able = [person for person in main if person.country == "CN" or not work.chinese]
        lead = min(able, key=lambda person: written[person.person_id])
        written[lead.person_id] += 1
        work.add(lead)


def _join(random: Any, cast: Cast, theme: Theme, bank: list[Work], written: Counter[str]) -> None:
    """Add second authors from the neighbouring themes, those with the fewest works first."""
    near = [person for person in cast.experts if theme in person.themes[1:]]
    mine: Counter[str] = Counter()
    for place, work in enumerate(bank):
        able = [person for person in near if person.country == "CN" or not work.chinese]
        second = min(able, key=lambda person: (mine[person.person_id], written[person.person_id]))
        if place % 5 < 3:
            mine[second.person_id] += 1
            written[second.person_id] += 1
            work.add(second)
        work.outsiders = _outsiders(random, work.chinese)


def _outsiders(random: Any, chinese: bool) -> list[str]:
    """Return up to two names of people who play no part (students, say)."""
    bank = table("names")
    surnames, given = (
        [part.rsplit(" ", 1)[not chinese] for part in bank[key].split(";")] for key in ("outside", "given")
    )
    drawn = [
        (surnames[random.integers(len(surnames))], given[random.integers(len(given))])
        for _ in range(random.integers(3))
    ]
    return [family + own if chinese else f"{own[0]}. {family}" for family, own in drawn]


def _tie(cast: Cast, theme: Theme, bank: list[Work]) -> None:
    """Make the co-authorships that were promised, all within the last three years."""
    for tie in cast.seeded:
        if tie.proposal_id != proposal_id(theme) or tie.kind not in {"coauthor", "coauthor_alias", "namesake"}:
            continue
        expert = next(person for person in cast.experts if person.person_id == tie.expert_id)
        fit = [work for work in bank if work.chinese is (tie.kind == "coauthor")]
        work = next((work for work in fit if any(author is expert for author, _ in work.authors)), fit[0])
        work.add(expert)
        work.year = YEAR - 1 - theme.number % 2
        other = cast.namesakes[theme.number] if tie.kind == "namesake" else cast.applicants[theme.number]
        work.add(other, initials=tie.kind == "coauthor_alias" and theme.number % 10 == 6)


def work_record(number: int, work: Work) -> dict[str, Any]:
    """Return a work as one line of ``works.jsonl``."""
    known = [{"person_id": person.person_id, "name": name} for person, name in work.authors]
    return {
        "work_id": f"W{number:04d}",
        "fictional": True,
        "title": work.title,
        "abstract": work.abstract,
        "language": "zh" if work.chinese else "en",
        "year": work.year,
        "venue": work.venue,
        "authors": [*known, *({"person_id": None, "name": name} for name in work.outsiders)],
    }
