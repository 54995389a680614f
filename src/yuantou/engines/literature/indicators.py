"""What each indicator says, after whom, what it must not be read as, and of what it may be computed.

None is a score of a person: the permitted units are sets of works. Whoever shows a figure shows its caveat with it.
"""

from dataclasses import dataclass
from typing import Final

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

UNITS: Final = frozenset({"set of works", "topic", "field", "venue", "institution", "country"})
SMALLEST: Final = 30
"""A set of fewer works is too small for a mean to be shown."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: ``definition`` and ``caveat`` are to be shown, ``reference`` is a DOI or arXiv number."""

    key: str
    name: LocalText
    definition: LocalText
    reference: str
    caveat: LocalText
    units: frozenset[str] = UNITS


def _row(key: str, names: tuple[str, str], said: tuple[str, str], reference: str, caveat: tuple[str, str]) -> Indicator:
    return Indicator(key, LocalText(*names), LocalText(*said), reference, LocalText(*caveat))


CATALOGUE: Final[dict[str, Indicator]] = {
    row.key: row
    for row in (
        _row(
            "disruption",
            ("颠覆性指数 CD5", "Disruption CD5"),
            (
                "五年内只引用该文与同时引用其参考文献的论文之差，除以全部相关论文。",
                "Works of five years that cite it alone, less those that also cite its references, over all of them.",
            ),
            "doi:10.1287/mnsc.2015.2366",
            (
                "来源未记录参考文献的论文会被误判为 1，故不予定义；参考文献变长会使其趋于 0。",
                (
                    "Works without recorded references would be 1 by construction and stay undefined; "
                    "longer reference lists push it to 0."
                ),
            ),
        ),
        _row(
            "percentile",
            ("学科与年份归一化被引百分位", "Citation percentile, normalised for field and year"),
            (
                "在同领域、同年、同类型的论文中，被引更少者所占比例，并列各计一半。",
                "Share of the works of the same field, year and type cited less often; ties count one half.",
            ),
            "doi:10.1016/j.joi.2012.11.005",
            (
                "新近论文的被引多属偶然；结果随分类方案而变，不同方案之间不可比较。",
                "Citations of recent works are mostly chance; figures of different classifications cannot be compared.",
            ),
        ),
        _row(
            "novelty",
            ("组合新颖性", "Novelty of combinations"),
            (
                "所引来源两两组合中，此前从未出现的比例，以及最不常见十分之一组合的共现程度。",
                (
                    "Share of the pairs of cited sources never cited together before, "
                    "and the commonness of the rarest tenth of pairs."
                ),
            ),
            "doi:10.1016/j.respol.2017.06.006; doi:10.1016/j.respol.2014.10.007",
            (
                "语料起始年份之前的组合无从得知；早期论文看上去更新颖。",
                "What was combined before the corpus begins is unknown: its first years look too novel.",
            ),
        ),
        _row(
            "interdisciplinarity",
            ("Rao-Stirling 交叉度", "Rao-Stirling diversity"),
            (
                "所引文献任取两篇所属学科之间的平均距离。",
                "Mean distance between the fields of two references drawn at random.",
            ),
            "doi:10.1098/rsif.2007.0213",
            (
                "取决于学科分类与距离的定义；参考文献不足十篇时不给出。",
                "Depends on classes and distances; not given for fewer than ten classified references.",
            ),
        ),
        _row(
            "sleeping",
            ("睡美人系数 B", "Beauty coefficient B"),
            (
                "年被引曲线低于首年与峰值连线的累计差距，按当年被引加权；觉醒年为离该线最远的一年。",
                (
                    "How far citations by year stay below the line from the first year to the peak, "
                    "weighted by the year; awakening is the year farthest from the line."
                ),
            ),
            "doi:10.1073/pnas.1424329112",
            (
                "只有多年之后才看得出；B 值低不等于不重要。",
                "Only seen after many years; a low B does not mean that a work is unimportant.",
            ),
        ),
        _row(
            "burst",
            ("突发", "Burst"),
            (
                "二状态自动机以最小代价解释各年份占比时，处于高速状态的时段。",
                "Years in the fast state of the two-state automaton that explains the yearly shares at least cost.",
            ),
            "doi:10.1145/775047.775061",
            (
                "反映用词集中出现，不等于科学上的突破；参数 s、γ 须随结果公布。",
                "Says that a word came in numbers, not that science moved; s and gamma belong beside the result.",
            ),
        ),
        _row(
            "openness",
            ("开放获取比例", "Openness"),
            (
                "状态已知的论文中可自由阅读者的比例，附区间；状态未知者另列。",
                "Share of works free to read among those whose status is known, with an interval; unknown ones apart.",
            ),
            "doi:10.7717/peerj.4375",
            (
                "随禁锢期结束与来源更新而变，须注明数据日期。",
                "Changes as embargoes end and sources are updated: the date of the data belongs beside it.",
            ),
        ),
    )
}


def permitted(key: str, unit: str) -> Indicator:
    """Return an indicator that may be computed of a unit.

    Raises
    ------
    InputError
        If there is no such indicator or the unit (a person, a single proposal) is not permitted.
    """
    found = CATALOGUE.get(key)
    if found is None:
        raise InputError(LocalText(f"没有指标“{key}”。", f"There is no indicator “{key}”."))
    if unit not in found.units:
        told = LocalText(
            f"指标“{found.name.zh}”不得用于“{unit}”；可用于：{'、'.join(sorted(found.units))}。",
            f"“{found.name.en}” must not be computed of a {unit}; permitted: {', '.join(sorted(found.units))}.",
        )
        raise InputError(told)
    return found
