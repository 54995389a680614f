"""Who takes part in the demonstration: organisations, applicants, experts, and the conflicts put between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from opencc import OpenCC

from yuantou.demo.sources import Theme, disciplines, rng, rows, table, themes

EXPERTS_PER_DISCIPLINE: Final = 10
KINDS: Final = ("coauthor", "coauthor_alias", "organisation", "past_organisation", "related_organisation")
YEAR: Final = 2026
_ORCID_BLOCK: Final = "00099900"  # beyond 0009-0010-…, the end of the block that ORCID gives out
_CLINICAL: Final = ("O31", "O33")
_AT_HOME: Final = {
    "A01": "O35 O12 O01", "A02": "O32 O20 O03", "A03": "O16 O02 O11", "A04": "O20 O32 O06", "B01": "O38 O23 O14",
    "B02": "O23 O38 O06", "C01": "O24 O37 O14", "C02": "O08 O21 O36", "C03": "O36 O05 O01", "C04": "O19 O31 O07",
    "D01": "O17 O13 O40", "D02": "O18 O40 O10", "E01": "O34 O06 O12", "F01": "O22 O39 O15", "H01": "O33 O31 O09",
}  # fmt: skip


@dataclass(slots=True)
class Person:
    """A fictional human being while the demonstration is put together."""

    person_id: str
    name_zh: str
    name_en: str
    orcid: str
    organisation: str
    past: list[tuple[str, int, int]] = field(default_factory=list)
    country: str = "CN"
    since: int = 2016
    themes: list[Theme] = field(default_factory=list)
    expert: bool = False
    other_names: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name in the person's own script."""
        return self.name_zh if self.country == "CN" else self.name_en


@dataclass(frozen=True, slots=True)
class Seeded:
    """A conflict (or, for a namesake, the mere look of one) put into the data on purpose."""

    proposal_id: str
    expert_id: str
    kind: str
    conflict: bool = True


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, by part; proposals are counted like themes."""

    experts: list[Person]
    applicants: list[Person]
    colleagues: list[list[Person]]
    namesakes: dict[int, Person]
    seeded: list[Seeded]
    declared: list[tuple[str, str, str, str]]

    def everybody(self) -> list[Person]:
        """Return each person once."""
        people = [
            *self.experts,
            *self.applicants,
            *self.namesakes.values(),
            *(p for team in self.colleagues for p in team),
        ]
        return sorted({person.person_id: person for person in people}.values(), key=lambda person: person.person_id)


def proposal_id(theme: Theme) -> str:
    """Return the identifier of the proposal of a theme."""
    return f"YD{YEAR}-{theme.number + 1:03d}"


@cache
def organisations() -> dict[str, dict[str, str]]:
    """Return the organisations by identifier."""
    columns = ("organisation_id", "name_zh", "name_en", "city_zh", "city_en", "country", "parent")
    lines = rows(table("organisations")["organisations"])
    return {line[0]: dict(zip(columns, line, strict=True)) for line in lines}


def related(one: str, other: str) -> bool:
    """Tell whether two organisations are one or belong to one."""
    return _root(one) == _root(other)


def _root(organisation: str) -> str:
    return organisations()[organisation]["parent"] or organisation


def orcid(number: int) -> str:
    """Return an iD with a right checksum (ISO 7064 MOD 11-2) outside the block that is given out."""
    digits = f"{_ORCID_BLOCK}{number:07d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    digits += "X" if check == 10 else str(check)
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def _names() -> Iterator[tuple[str, str]]:
    """Yield Chinese names, no two of them alike in either script."""
    bank = table("names")
    surnames, given = ([part.rsplit(" ", 1) for part in bank[key].split(";")] for key in ("surnames", "given"))
    random, seen = rng("names"), set()
    while True:
        (family, roman), (own, roman_own) = (bank[random.integers(len(bank))] for bank in (surnames, given))
        if (spelling := f"{roman_own} {roman}") not in seen:
            seen.add(spelling)
            yield family + own, spelling


class _Casting:
    """Gives out names, numbers and places of work in a fixed order."""

    def __init__(self) -> None:
        self.names = _names()
        self.random = rng("cast")
        self.foreign = iter(table("names")["foreign"].strip().splitlines())
        self.count = 0
        self.traditional = OpenCC("s2t")

    def chinese(self, places: list[str]) -> Person:
        """Return a new person at one of some organisations, the first ones more often."""
        zh, en = next(self.names)
        weights = 1 / (1 + self.random.permutation(len(places)) / 4)
        place = str(self.random.choice(places, p=weights / weights.sum()))
        person = self._person(zh, en, place, "CN")
        if (written := self.traditional.convert(zh)) != zh and self.count % 4 == 0:
            person.other_names.append(written)
        return person

    def abroad(self) -> Person:
        """Return the next expert from abroad."""
        en, country, place, zh = (cell.strip() for cell in next(self.foreign).split(","))
        return self._person(zh, en, place, country)

    def _person(self, zh: str, en: str, place: str, country: str) -> Person:
        self.count += 1
        since = int(self.random.integers(2009, 2022))
        return Person(f"P{self.count:04d}", zh, en, orcid(self.count), place, country=country, since=since)


def _places(code: str) -> list[str]:
    """Return where people of a discipline work: its own institutes, then any university."""
    home = _AT_HOME[code].split(" ")
    general = [key for key in organisations() if "O01" <= key <= "O15" and key not in {"O08", "O09"}]
    return [*home, *home, *(key for key in general if key not in home)]


def cast() -> Cast:
    """Bring everybody together; the same people every time."""
    casting = _Casting()
    applicants = [casting.chinese(_places(theme.discipline["code"])) for theme in themes()]
    colleagues = [
        [
            casting.chinese([person.organisation, *_places(theme.discipline["code"])])
            for _ in range(1 + theme.number % 3)
        ]
        for theme, person in zip(themes(), applicants, strict=True)
    ]
    experts = [person for number in range(len(disciplines())) for person in _experts(casting, number)]
    whole = Cast(experts, applicants, colleagues, {}, [], [])
    for theme in themes():
        _seed(casting, whole, theme)
    return whole


def _experts(casting: _Casting, number: int) -> list[Person]:
    """Return the experts of a discipline: each has one main theme and one or two neighbouring ones."""
    code = disciplines()[number]["code"]
    own = [theme for theme in themes() if theme.discipline["code"] == code]
    abroad = {4 + number % 4, 8 + (number + 1) % 2}
    found = []
    for place in range(EXPERTS_PER_DISCIPLINE):
        person = casting.abroad() if place in abroad else casting.chinese(_places(code))
        steps = (0, 1, 2) if place % 3 == 0 else (0, 1 + place % 2)
        person.themes = [own[(place + step) % len(own)] for step in steps]
        person.expert = True
        _past(casting, person, code)
        found.append(person)
    return found


def _past(casting: _Casting, person: Person, code: str) -> None:
    """Give two experts in five an earlier place of work, left long before the call."""
    places = [place for place in _places(code) if not related(place, person.organisation)]
    if casting.random.random() < 0.4:
        person.past.append((str(casting.random.choice(places)), person.since - 5, person.since - 1))


def _seed(casting: _Casting, whole: Cast, theme: Theme) -> None:
    """Put one conflict between the proposal of a theme and the first expert of the theme; sometimes more."""
    mine = [person for person in whole.experts if person.themes[0] is theme]
    expert, applicant, identifier = mine[0], whole.applicants[theme.number], proposal_id(theme)
    kind = KINDS[theme.number % len(KINDS)]
    if kind.endswith("organisation"):
        _place(expert, applicant, kind, _places(theme.discipline["code"]))
    whole.seeded.append(Seeded(identifier, expert.person_id, kind))
    if theme.number % 15 == 7:
        whole.colleagues[theme.number].append(mine[1])
        whole.seeded.append(Seeded(identifier, mine[1].person_id, "participant"))
    if theme.number % 20 == 3:
        namesake = casting.chinese(_places(theme.discipline["code"]))
        namesake.name_zh, namesake.name_en, namesake.other_names = applicant.name_zh, applicant.name_en, []
        whole.namesakes[theme.number] = namesake
        whole.seeded.append(Seeded(identifier, mine[-1].person_id, "namesake", conflict=False))
    if theme.number % 12 == 3:
        third = next(person for person in whole.experts if theme in person.themes[1:])
        reason = "申请人声明：与该专家存在直接竞争关系 / Declared by the applicant: direct competitor"
        whole.declared.append((identifier, third.person_id, "declared", reason))


def _place(expert: Person, applicant: Person, kind: str, places: list[str]) -> None:
    """Move people so that the conflict of this kind exists."""
    if kind == "organisation":
        expert.organisation = applicant.organisation
    elif kind == "past_organisation":
        if related(expert.organisation, applicant.organisation):
            expert.organisation = next(place for place in places if not related(place, applicant.organisation))
        expert.since = YEAR - 2
        expert.past = [(applicant.organisation, YEAR - 9, YEAR - 3)]
    else:
        units = {
            unit["parent"]: key for key, unit in organisations().items() if unit["parent"] and key not in _CLINICAL
        }
        parent = organisations()[applicant.organisation]["parent"]
        if not parent and applicant.organisation not in units:
            applicant.organisation = "O01"
            parent = ""
        expert.organisation = parent or units[applicant.organisation]
    expert.past = [
        stay for stay in expert.past if kind == "past_organisation" or not related(stay[0], expert.organisation)
    ]


def person_record(person: Person) -> dict[str, Any]:
    """Return a person as one line of ``people.jsonl``."""
    stays = [(person.organisation, person.since, None), *person.past]
    return {
        "person_id": person.person_id,
        "fictional": True,
        "name_zh": person.name_zh,
        "name_en": person.name_en,
        "other_names": person.other_names,
        "orcid": person.orcid,
        "country": person.country,
        "expert": person.expert,
        "max_load": 6 if person.expert else None,
        "themes": [theme.key for theme in person.themes],
        "topics_zh": [theme.zh for theme in person.themes],
        "topics_en": [theme.en for theme in person.themes],
        "affiliations": [
            {"organisation_id": place, "start": f"{start}-09-01", "end": f"{end}-08-31" if end else None}
            for place, start, end in stays
        ],
    }
