"""Descriptions of instruments from files: PIDINST 1.0 records (XML, JSON) and techniques of PaNET (its ROBOT table).

PIDINST: RDA recommendation doi:10.15497/RDA00070. PaNET: doi:10.5281/zenodo.4806026, CC BY 4.0.
"""

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree

from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

REQUIRED = {
    "identifier": ("标识符", "identifier"),
    "landingPage": ("落地页", "landing page"),
    "name": ("名称", "name"),
    "owners": ("所有者", "owner"),
    "manufacturers": ("制造商", "manufacturer"),
}
MANY = {
    "owners": "owner",
    "manufacturers": "manufacturer",
    "instrumentTypes": "instrumentType",
    "measuredVariables": "measuredVariable",
    "dates": "date",
    "relatedIdentifiers": "relatedIdentifier",
    "alternateIdentifiers": "alternateIdentifier",
}
_TERM = re.compile(r"PaNET\d{5}$")


def read_pidinst(text: str, *, name: str = "pidinst") -> dict[str, Any]:
    """Return a PIDINST 1.0 record, XML or JSON, as the JSON schema names its parts.

    Raises
    ------
    InputError
        If it is neither, or lacks a mandatory property; ``problems`` names each with its remedy.
    """
    record = _from_xml(text, name) if text.lstrip().startswith("<") else _from_json(text, name)
    problems = tuple(_missing(record, name))
    if problems:
        raise InputError(
            LocalText("PIDINST 记录不完整。", "The PIDINST record is incomplete."),
            LocalText("请补上所列各项。", "Add what is listed."),
            code="pidinst.incomplete",
            place=Place(name),
            problems=problems,
        )
    return record


def _missing(record: dict[str, Any], name: str) -> list[Problem]:
    found = []
    for key, (zh, en) in REQUIRED.items():
        if not record.get(key):
            found.append(
                Problem(
                    "pidinst.missing",
                    LocalText(f"缺少必填项“{zh}”（{key}）。", f"The mandatory property {key} ({en}) is missing."),
                    LocalText("请按 PIDINST 1.0 补上。", "Add it as PIDINST 1.0 asks."),
                    Place(name, column=key),
                )
            )
    return found


def _from_json(text: str, name: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise _unreadable(name, str(error)) from error
    if not isinstance(record, dict):
        raise _unreadable(name, "not an object")
    identifier = record.get("identifier")
    if isinstance(identifier, str):
        record["identifier"] = {"identifier": identifier, "identifierType": "Handle"}
    return record


def _from_xml(text: str, name: str) -> dict[str, Any]:
    try:
        root = ElementTree.fromstring(text)
    except (ParseError, ValueError) as error:
        raise _unreadable(name, str(error)) from error
    record: dict[str, Any] = {}
    for child in root:
        key = _tag(child)
        if key in MANY:
            record[key] = [_value(item) for item in child]
        elif key == "identifier":
            kind = child.get("identifierType", "Handle")
            record[key] = {"identifier": _text(child), "identifierType": kind} if _text(child) else {}
        else:
            record[key] = _value(child)
    return record


def _value(node: Element) -> Any:
    parts = {_tag(child): _value(child) for child in node}
    if parts:
        return parts | {key: value for key, value in node.attrib.items() if "}" not in key}
    plain = {key: value for key, value in node.attrib.items() if "}" not in key}
    return {_tag(node): _text(node), **plain} if plain else _text(node)


def _tag(node: Element) -> str:
    return node.tag.rpartition("}")[2]


def _text(node: Element) -> str:
    return " ".join((node.text or "").split())


def _unreadable(name: str, detail: str) -> InputError:
    return InputError(
        LocalText(f"无法读取 PIDINST 记录：{detail}。", f"The PIDINST record cannot be read: {detail}."),
        LocalText("请提供 PIDINST 1.0 的 XML 或 JSON。", "Give PIDINST 1.0 as XML or JSON."),
        code="pidinst.unreadable",
        place=Place(name),
    )


def manufacturers_of(record: dict[str, Any]) -> list[str]:
    """Return the names of the manufacturers of a record."""
    return [_named(item, "manufacturerName") for item in record.get("manufacturers", [])]


def model_of(record: dict[str, Any]) -> str:
    """Return the model's name, or nothing."""
    return _named(record.get("model") or "", "modelName")


def _named(item: Any, key: str) -> str:
    inner = item.get(key, "") if isinstance(item, dict) else item
    return str(inner.get(key, "") if isinstance(inner, dict) else inner)


@dataclass(frozen=True, slots=True)
class TechniqueRow:
    """One term: ``code`` such as ``PaNET01001``, English ``label``, labels of its ``parents``."""

    code: str
    label: str
    parents: tuple[str, ...]


def read_panet(text: str, *, name: str = "PaNET.csv") -> tuple[list[TechniqueRow], list[Problem]]:
    """Return the techniques of a PaNET table and what is wrong in it; good rows are kept.

    Raises
    ------
    InputError
        If the table has no columns ``ID`` and ``Label``.
    """
    rows = list(csv.reader(io.StringIO(text)))
    head = rows[0] if rows else []
    if "ID" not in head or "Label" not in head:
        raise InputError(
            LocalText("缺少“ID”或“Label”列。", "The columns ID and Label are missing."),
            LocalText("请使用 PaNET 的 PaNET.csv。", "Use PaNET.csv of PaNET."),
            code="panet.columns",
            place=Place(name),
        )
    place, label = head.index("ID"), head.index("Label")
    parents = [index for index, title in enumerate(head) if title == "Parent IRI"]
    found: dict[str, TechniqueRow] = {}
    problems = []
    for number, row in enumerate(rows[1:], start=1):
        cells = row + [""] * (len(head) - len(row))
        code = cells[place].rpartition("/")[2].strip()
        if not _TERM.match(code):
            continue  # headings, properties and blank lines of the ROBOT template
        if not cells[label].strip() or code in found:
            problems.append(_bad_row(name, number, code, doubled=code in found))
            continue
        above = tuple(cells[index].strip() for index in parents if cells[index].strip() not in {"", "owl:Thing"})
        found[code] = TechniqueRow(code, cells[label].strip(), above)
    return list(found.values()), problems


def _bad_row(name: str, number: int, code: str, *, doubled: bool) -> Problem:
    zh, en = ("重复出现", "appears twice") if doubled else ("没有名称", "has no label")
    return Problem(
        "panet.row",
        LocalText(f"{code} {zh}。", f"{code} {en}."),
        LocalText("请更正该行；其余已导入。", "Correct the row; the others were taken in."),
        Place(name, number, "ID"),
    )
