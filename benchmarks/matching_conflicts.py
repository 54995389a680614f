"""Conflicts of interest: how fast all candidate pairs of a national call are screened, and whether traps are found.

    python benchmarks/matching_conflicts.py [--size 24000000] [--traps 1000]

Traps: a made-up call in which people appear under other names (characters, pinyin, order, hyphens, initials, accents,
ORCID iD), organisations under other spellings, past organisations, works listed twice, declared conflicts. Each
seeded pair must be found; every other pair reported is a false alarm. Beside the screening: the same by sets in Python.
"""

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from yuantou.engines.matching import UNKNOWN, find_conflicts
from yuantou.engines.matching.conflicts import screen

SURNAMES = {
    "王": "Wang", "李": "Li", "张": "Zhang", "刘": "Liu", "陈": "Chen", "杨": "Yang", "赵": "Zhao", "黄": "Huang",
    "周": "Zhou", "吴": "Wu", "徐": "Xu", "孙": "Sun", "胡": "Hu", "朱": "Zhu", "高": "Gao", "林": "Lin", "何": "He",
    "郭": "Guo", "马": "Ma", "罗": "Luo", "梁": "Liang", "宋": "Song", "郑": "Zheng", "谢": "Xie", "韩": "Han",
    "唐": "Tang", "冯": "Feng", "于": "Yu", "董": "Dong", "萧": "Xiao", "欧阳": "Ouyang", "司马": "Sima",
    "单": "Shan", "曾": "Zeng", "吕": "Lyu",
}  # fmt: skip
SYLLABLES = {
    "明": "ming", "伟": "wei", "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "丽": "li", "强": "qiang",
    "磊": "lei", "军": "jun", "洋": "yang", "勇": "yong", "艳": "yan", "杰": "jie", "娟": "juan", "涛": "tao",
    "超": "chao", "霞": "xia", "平": "ping", "刚": "gang", "桂": "gui", "英": "ying", "华": "hua", "玉": "yu",
    "兰": "lan", "飞": "fei", "红": "hong", "建": "jian", "文": "wen", "志": "zhi", "海": "hai", "云": "yun",
    "春": "chun", "晓": "xiao", "思": "si", "雨": "yu", "泽": "ze", "宇": "yu", "浩": "hao", "然": "ran",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=24_000_000)
    parser.add_argument("--traps", type=int, default=1000)
    chosen = parser.parse_args()
    missed, alarms = traps(chosen.traps)
    seconds = speed(chosen.size)
    scaled = seconds * 24e6 / chosen.size
    ok = scaled <= 10 and missed == 0 and alarms <= 0.01
    print(
        f"matching_conflicts: {scaled:.1f} s for 24 M pairs, {missed} of {chosen.traps} missed, {alarms:.2%} false "
        f"(goal ≤ 10 s, 0 missed, ≤ 1 % false) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def speed(size: int) -> float:
    """Screen pairs of proposals of 6 people and experts with 40 co-authors and 3 organisations; return seconds."""
    rng = np.random.default_rng(1)
    proposals, experts = max(1, size // 60), max(60, size // 96)
    names = 2_000_000

    def lists(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        codes = np.sort(rng.integers(names, size=(count, length), dtype=np.int32), axis=1)
        return np.arange(count + 1, dtype=np.int64) * length, codes.ravel()

    left, right = lists(proposals, 14), lists(experts, 84)  # two keys for each person, two for each organisation
    row, column = np.repeat(np.arange(proposals), 60), rng.integers(experts, size=proposals * 60)
    screen(left, right, row[:10], column[:10])
    started = time.perf_counter()
    hits = screen(left, right, row, column)
    seconds = time.perf_counter() - started
    sample = 20_000
    started = time.perf_counter()
    sets = [
        bool(set(left[1][14 * r : 14 * r + 14].tolist()) & set(right[1][84 * c : 84 * c + 84].tolist()))
        for r, c in zip(row[:sample], column[:sample], strict=True)
    ]
    peer = (time.perf_counter() - started) * len(row) / sample
    assert sets == hits[:sample].tolist()
    print(f"{len(row):,} pairs screened in {seconds:.1f} s ({hits.sum():,} hits); Python sets: {peer:.0f} s")
    return seconds


class Call:
    """Tables of a made-up call; the first proposals and experts of equal number are the seeded pairs."""

    def __init__(self, size: int) -> None:
        self.rng = np.random.default_rng(2)
        self.people = [self.person() for _ in range(3 * size)]
        outside = [self.printed(*self.person()) for _ in range(4 * size)]
        self.proposals = [
            {"proposal_id": f"p{n}", "title": "t", "applicant": self.people[n][0], "organisation": f"研究所{n}"}
            | {"participants": [self.printed(*self.people[size + n])]}
            for n in range(size)
        ]
        self.experts = [
            {"expert_id": f"e{n}", "name": self.printed(*self.people[2 * size + n]), "organisation": f"研究中心{n}"}
            | {"organisations": [f"研究站{n}"]}
            for n in range(size)
        ]
        self.works = [
            {"work_id": f"w{n}.{k}", "expert_id": f"e{n}", "title": f"A title of work {n} number {k}", "year": 2024}
            | {"authors": [self.experts[n]["name"], *self.rng.choice(outside, 4).tolist()]}
            for n in range(size)
            for k in range(3)
        ]
        self.declared: list[dict[str, str]] = []

    def person(self) -> tuple[str, str, str]:
        """Return characters, surname and given name (syllables with hyphens) of a made-up person."""
        surname = str(self.rng.choice(list(SURNAMES)))
        given = self.rng.choice(list(SYLLABLES), 2).tolist()
        return surname + "".join(given), SURNAMES[surname], "-".join(SYLLABLES[sign] for sign in given)

    def printed(self, han: str, surname: str, given: str) -> str:
        """Print a name in one of the usual ways."""
        plain = given.replace("-", "")
        letters = "".join(part[0] + "." for part in given.upper().split("-"))
        ways = (han, f"{plain.title()} {surname}", f"{surname}, {given.title()}", f"{letters} {surname}")
        return str(self.rng.choice(ways, p=[0.4, 0.3, 0.15, 0.15]))


def coauthor(write: Callable[[str, str, str], str]) -> Callable[[Call, int], None]:
    """Print the applicant in a certain way among the authors of a work of the expert."""

    def seed(call: Call, n: int) -> None:
        call.works[3 * n + 1]["authors"].append(write(*call.people[n]))

    return seed


def places(host: str, place: str, column: str = "organisation") -> Callable[[Call, int], None]:
    def seed(call: Call, n: int) -> None:
        call.proposals[n]["organisation"] = host.format(n)
        call.experts[n][column] = [place.format(n)] if column == "organisations" else place.format(n)

    return seed


def alias(call: Call, n: int) -> None:
    _han, surname, given = call.people[n]
    call.experts[n]["name"] = f"{surname.upper()} {given.replace('-', '').title()}"


def western(call: Call, n: int) -> None:
    call.proposals[n]["applicant"] = f"José Müller-Östberg{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}"
    name = call.proposals[n]["applicant"].replace("é", "e").replace("ü", "ue").replace("Ö", "Oe").replace("-", " ")
    call.works[3 * n]["authors"].append(name)


def orcid(call: Call, n: int) -> None:
    digits = f"{9_000_000_00000000 + n:015}"[-15:]
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    number = digits + ("X" if check == 10 else str(check))
    number = "-".join(number[i : i + 4] for i in range(0, 16, 4))
    call.proposals[n]["participants"] = [f"https://orcid.org/{number}"]
    call.works[3 * n]["authors"].append(f"Changed Surname{n} ({number})")


def listed(call: Call, n: int) -> None:
    """The applicant is an expert too, with the same work on the list; authors are printed as “et al.”."""
    title = f"An unmistakable title of the joint work {n}"
    call.experts.append(
        {"expert_id": f"x{n}", "name": call.people[n][0], "organisation": f"别处{n}", "organisations": []}
    )
    for expert, name in ((f"x{n}", title), (f"e{n}", title.upper() + ".")):
        row = {"work_id": f"j{expert}", "expert_id": expert, "title": name, "year": 2023, "authors": ["et al."]}
        call.works.append(row)


def declared(call: Call, n: int) -> None:
    call.declared.append({"proposal_id": f"p{n}", "expert_id": f"e{n}", "kind": "mentor", "evidence": "导师"})


TRAPS: dict[str, Callable[[Call, int], None]] = {
    "self in two scripts": alias,
    "co-author, pinyin": coauthor(lambda han, surname, given: f"{given.replace('-', '').title()} {surname}"),
    "co-author, capitals": coauthor(lambda han, surname, given: f"{surname.upper()} {given.title()}"),
    "co-author, spaced": coauthor(lambda han, surname, given: f"{given.replace('-', ' ').title()} {surname}"),
    "co-author, initials": coauthor(
        lambda han, surname, given: f"{surname} {''.join(part[0] for part in given.upper().split('-'))}"
    ),
    "co-author, both scripts": coauthor(lambda han, surname, given: f"{han} ({surname} {given})"),
    "co-author, accents": western,
    "co-author, ORCID iD": orcid,
    "work listed twice": listed,
    "organisation, hospital": places("云泽{}大学", "云泽{}大学附属第一医院"),
    "organisation, English": places(
        "School of Life Sciences, Univ. of Yunze{}", "University of Yunze{}, Dept. of Physics"
    ),
    "organisation, past": places("东篱{}大学", "东篱{}大学医学院", "organisations"),
    "declared": declared,
}


def traps(count: int) -> tuple[int, float]:
    """Seed ``count`` conflicts in a call; return how many were missed and the share of other pairs reported."""
    call, kinds = Call(2 * count), list(TRAPS)
    for n in range(count):
        TRAPS[kinds[n % len(kinds)]](call, n)
    seeded = {(f"p{n}", f"e{n}") for n in range(count)}
    tables = (pl.DataFrame(rows) for rows in (call.proposals, call.experts, call.works, call.declared))
    started = time.perf_counter()
    found = find_conflicts(*tables).filter(pl.col("kind") != UNKNOWN)
    seconds = time.perf_counter() - started
    pairs = set(found.select("proposal_id", "expert_id").iter_rows())
    for place, kind in enumerate(kinds):
        own = {(f"p{n}", f"e{n}") for n in range(place, count, len(kinds))}
        print(f"{kind:26}{len(own & pairs):5} of {len(own)} found")
    others = len(call.proposals) * len(call.experts) - count
    # A person who is an expert besides is in conflict with the own proposal: seeded too, though not counted above.
    alarms = len({pair for pair in pairs - seeded if pair[1] != f"x{pair[0][1:]}"})
    print(
        f"other pairs reported: {alarms:,} of {others:,} ({100 * alarms / others:.3f} %), {seconds:.1f} s with reading"
    )
    return len(seeded - pairs), alarms / others


if __name__ == "__main__":
    sys.exit(main())
