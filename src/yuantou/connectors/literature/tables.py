"""Works, or citations, as a plain table: CSV, TSV or Parquet with English or Chinese headings."""

import io
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
from isal import igzip

from yuantou.connectors.files.decode import decode
from yuantou.connectors.literature.keys import doi_of, work_key
from yuantou.connectors.literature.records import Author, Record, to_tables
from yuantou.connectors.literature.schema import SCHEMAS
from yuantou.connectors.literature.staging import Part
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "work_id": ("id", "workid", "identifier", "编号", "标识"),
    "title": ("title", "displayname", "articletitle", "题名", "标题", "篇名", "论文题目"),
    "abstract": ("abstract", "summary", "摘要"),
    "year": ("year", "publicationyear", "年", "年份", "发表年份", "出版年"),
    "authors": ("authors", "author", "authorshipsauthordisplayname", "作者", "作者姓名"),
    "institutions": ("institutions", "affiliations", "organ", "机构", "单位", "作者单位"),
    "doi": ("doi", "数字对象标识"),
    "venue": ("venue", "journal", "source", "booktitle", "primarylocationsourcedisplayname", "期刊", "刊名", "来源",
              "文献来源"),
    "keywords": ("keywords", "keyword", "关键词", "关键字"),
    "references": ("references", "referencedworks", "参考文献"),
    "field_name": ("field", "discipline", "subject", "category", "学科", "领域"),
    "language": ("language", "语种", "语言"),
    "type": ("type", "文献类型"),
    "cited_by": ("citedbycount", "citedby", "被引", "被引频次"),
    "funders": ("funders", "funding", "基金", "资助机构"),
    "retracted": ("retracted", "isretracted", "撤稿"),
}  # fmt: skip
_KNOWN: Final = {heading: name for name, headings in _HEADINGS.items() for heading in headings}
_CHUNK: Final = 20_000


def read(path: Path, part: Part, *, load: int, last_year: int, **options: Any) -> list[Problem]:
    """Read a table of works, or of citations between works that are in the lake or come with the same load.

    Raises
    ------
    InputError
        If no column says what a row is about.
    """
    frame = _frame(path)
    columns = {_KNOWN.get(fold(heading), fold(heading)): heading for heading in reversed(frame.columns)}
    if {"citing", "cited"} <= columns.keys() and "title" not in columns:
        return _read_citations(frame.select(citing=columns["citing"], cited=columns["cited"]), path, part)
    if "title" not in columns and "work_id" not in columns:
        raise InputError(
            LocalText("没有题名列。", "There is no column of titles."),
            LocalText("请给出列 title（题名），或 citing 与 cited。", "Give a column title, or citing and cited."),
            code="lake.no_title",
            place=Place(path.name),
        )
    prefix = _prefix(frame[columns["work_id"]]) if "work_id" in columns else "local:"
    problems: list[Problem] = []
    for start in range(0, frame.height, _CHUNK):
        records = []
        for row, cells in enumerate(frame[start : start + _CHUNK].iter_rows(named=True), start + 1):
            found = _record(
                {name: cells[heading] for name, heading in columns.items()}, prefix, path.name, row, problems
            )
            if found:
                records.append(found)
        part.write(to_tables(records, first_row=part.next_row, load=load, last_year=last_year))
    part.counts["left_out"] += sum(problem.fatal for problem in problems)
    return problems


def fold(heading: str) -> str:
    """Reduce a heading to letters: case, width, spaces and joining marks do not matter."""
    return re.sub(r"[\s_\-./*:\ufeff]+", "", unicodedata.normalize("NFKC", heading).casefold())


def parts_of(value: Any) -> tuple[str, ...]:
    """Return the entries of a list or of a cell that holds one (parted by ``;``, ``；``, ``|``, ``、``)."""
    if value is None:
        return ()
    entries = value if isinstance(value, list) else re.split(r"\s*(?:[;；|、]|;;)\s*", str(value))
    return tuple(dict.fromkeys(text for entry in entries if entry and (text := str(entry).strip())))


def _frame(path: Path) -> pl.DataFrame:
    try:
        if path.name.lower().endswith(".parquet"):
            return pl.read_parquet(path)
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = igzip.decompress(content)
        text, _encoding = decode(content, file=path.name)
        separator = "\t" if ".tsv" in path.name.lower() else ","
        return pl.read_csv(io.BytesIO(text.encode()), separator=separator, infer_schema=False)
    except (pl.exceptions.PolarsError, EOFError, igzip.BadGzipFile) as error:
        raise InputError(
            LocalText(f"文件读不出来：{error}。", f"The file cannot be read: {error}."),
            LocalText("请重新导出或下载。", "Export or download it again."),
            code="lake.unreadable",
            place=Place(path.name),
        ) from None


def _prefix(ids: pl.Series) -> str:
    """Tell to whom identifiers without scheme belong: those of the ACL Anthology are known by their form."""
    known = ids.cast(pl.String).head(100).str.contains(r"^([A-Z]\d\d-\d{4,5}|\d{4}\..+-.+\.\d+)$")
    return "acl:" if known.len() and known.all() else "local:"


def _record(cells: Mapping[str, Any], prefix: str, file: str, row: int, problems: list[Problem]) -> Record | None:
    title = _text(cells.get("title"))
    own = _text(cells.get("work_id"))
    doi = doi_of(_text(cells.get("doi")))
    if not title and not own and not doi:
        problems.append(
            Problem(
                "lake.no_title",
                LocalText("没有题名，也没有编号。", "Neither title nor identifier."),
                LocalText("请补上题名。", "Give the title."),
                Place(file, row, "title"),
            )
        )
        return None
    references = cells.get("references")
    places = parts_of(cells.get("institutions"))
    return Record(
        scheme(own, prefix) if own else "",
        title,
        "acl" if prefix == "acl:" else "csv",
        abstract=_text(cells.get("abstract")),
        year=_year(cells.get("year"), file, row, problems),
        doi=doi,
        type=_text(cells.get("type")),
        venue=_text(cells.get("venue")),
        field_name=_text(cells.get("field_name")),
        language=_text(cells.get("language")),
        authors=tuple(Author(name, institutions=places) for name in parts_of(cells.get("authors"))),
        keywords=parts_of(cells.get("keywords")),
        funders=parts_of(cells.get("funders")),
        references=None if references is None else tuple(scheme(each, prefix) for each in parts_of(references)),
        cited_by=_whole(cells.get("cited_by")),
        retracted=str(cells.get("retracted") or "").strip().lower() in {"true", "1", "yes", "是"},
    )


def scheme(identifier: str, prefix: str) -> str:
    """Return an identifier with its scheme: OpenAlex numbers and DOIs are known, others get the prefix.

    >>> scheme("P19-1001", "acl:"), scheme("https://openalex.org/W12", "acl:")
    ('acl:P19-1001', 'W12')
    """
    tail = identifier.strip().rsplit("/", 1)[-1]
    if re.fullmatch(r"W\d+", tail):
        return tail
    if (doi := doi_of(identifier)) and not identifier.startswith("local:"):
        return f"doi:{doi}"
    return identifier if re.match(r"(acl|doi|local|cstr):", identifier) else prefix + identifier


def _text(value: Any) -> str | None:
    return (str(value).strip() or None) if value is not None else None


def _whole(value: Any) -> int | None:
    text = str(value or "").strip()
    return int(text) if text.isdigit() else None


def _year(value: Any, file: str, row: int, problems: list[Problem]) -> int | None:
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    if found := re.match(r"\d{4}", text):
        return int(found[0])
    problems.append(
        Problem(
            "lake.year",
            LocalText(f"“{text}”不是年份，按年份不详载入。", f"“{text}” is no year: loaded as undated."),
            LocalText("请写四位年份。", "Write a year of four digits."),
            Place(file, row, "year"),
            fatal=False,
        )
    )
    return None


def _read_citations(frame: pl.DataFrame, path: Path, part: Part) -> list[Problem]:
    """Keep pairs aside: they are joined to their works when the load is merged."""
    prefix = _prefix(frame["citing"])
    keys = {
        each: work_key(scheme(each, prefix)) for each in {*frame["citing"].to_list(), *frame["cited"].to_list()} if each
    }
    known = pl.DataFrame({"id": list(keys), "key": list(keys.values())}, schema={"id": pl.String, "key": pl.Int64})
    pairs = (
        frame.join(known.rename({"key": "citing_key"}), left_on="citing", right_on="id")
        .join(known.rename({"key": "cited_key"}), left_on="cited", right_on="id")
        .select("citing_key", "cited_key")
    )
    part.folder.mkdir(exist_ok=True)
    pairs.write_parquet(part.path("pairs"))
    part.counts["left_out"] += frame.height - pairs.height
    part.write({"works": pl.DataFrame(schema=SCHEMAS["works"])})
    return []
