"""Maps in and out in VOSviewer's JSON, which other tools of the field read and write, and as SVG for print."""

import json
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

_FONT = "system-ui, Noto Sans CJK SC, sans-serif"
_HALO = 'fill="#1c2326" stroke="#fbfaf6" stroke-width="3" paint-order="stroke"'


def to_vosviewer(content: dict[str, Any]) -> dict[str, Any]:
    """Return a map (``topics`` and ``links`` of an atlas) as a VOSviewer network."""
    items = [
        {
            "id": topic["id"] + 1,
            "label": topic["name"],
            "description": "; ".join(topic["terms"]),
            "x": topic["x"],
            "y": -topic["y"],
            "cluster": topic.get("cluster", 1),
            "weights": {"Documents": topic["works"]},
            "scores": {"Mean year": topic["mean_year"]},
        }
        for topic in content["topics"]
    ]
    links = [
        {"source_id": one + 1, "target_id": other + 1, "strength": close} for one, other, close in content["links"]
    ]
    return {"network": {"items": items, "links": links}}


def from_vosviewer(path: Path) -> dict[str, Any]:
    """Read a VOSviewer network as a map.

    Raises
    ------
    InputError
        If it is no such file, an item lacks id, label or place, or a link names an unknown item; the item is named.
    """
    try:
        network = json.loads(path.read_text("utf-8-sig"))["network"]
        items, links = network["items"], network.get("links", [])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _wrong(path, None, f"不是 VOSviewer 网络：{error}", f"This is no VOSviewer network: {error}") from error
    topics: list[dict[str, Any]] = []
    places: dict[Any, int] = {}
    for number, item in enumerate(items):
        try:
            weights, scores = item.get("weights", {}), item.get("scores", {})
            works = int(next(iter(weights.values()), 1))
            x, y = float(item["x"]), -float(item["y"])
            topic: dict[str, Any] = {
                "id": number,
                "name": str(item["label"]),
                "terms": [str(item["label"])],
                "works": works,
                "recent": 0,
            }
            topics.append({**topic, "mean_year": float(next(iter(scores.values()), 0)), "x": x, "y": y, "r": 0.0})
            places[item["id"]] = number
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong(
                path, number + 1, f"条目缺少或写错 {error}。", f"The item lacks or misstates {error}."
            ) from error
    scale = max((max(abs(t["x"]), abs(t["y"])) for t in topics), default=1.0) or 1.0
    total = sum(t["works"] for t in topics) or 1
    for topic in topics:
        topic["x"], topic["y"] = topic["x"] / scale * 0.92, topic["y"] / scale * 0.92
        topic["r"] = round((topic["works"] / total) ** 0.5 * 0.4, 4)
    rows = []
    for number, link in enumerate(links):
        if link.get("source_id") not in places or link.get("target_id") not in places:
            raise _wrong(path, number + 1, "连线指向未知条目。", "The link names an unknown item.")
        rows.append([places[link["source_id"]], places[link["target_id"]], float(link.get("strength", 1))])
    return {"topics": topics, "links": rows}


def _wrong(path: Path, row: int | None, zh: str, en: str) -> InputError:
    return InputError(
        LocalText(zh, en),
        LocalText("请检查该文件。", "Please check the file."),
        code="input.vosviewer",
        place=Place(path.name, row),
    )


def to_svg(content: dict[str, Any], *, title: str, note: str = "", labels: int = 60, size: int = 1200) -> str:
    """Return a map as SVG: discs of topics, links, names that do not cover one another (the largest topics first)."""
    half = size / 2
    place = {t["id"]: (half + t["x"] * half * 0.92, half - t["y"] * half * 0.92) for t in content["topics"]}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size + 40}" font-family="{_FONT}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{size}" height="{size + 40}" fill="#fbfaf6"/>',
    ]
    for one, other, _close in content["links"]:
        (x, y), (u, v) = place[one], place[other]
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}" stroke="#dcdad1"/>')
    for topic in content["topics"]:
        x, y = place[topic["id"]]
        radius = max(topic["r"] * half * 0.92, 2)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#0d5c63" fill-opacity="0.25" stroke="#0d5c63"/>'
        )
    taken: list[tuple[float, float, float, float]] = []
    for topic in sorted(content["topics"], key=lambda t: (-t["works"], t["id"]))[: labels * 3]:
        x, y = place[topic["id"]]
        wide = _width(topic["name"]) * 15
        x = min(max(x, wide / 2 + 4), size - wide / 2 - 4)
        box = (x - wide / 2, y - 10, x + wide / 2, y + 10)
        if len(taken) < labels and not any(_cross(box, other) for other in taken):
            taken.append(box)
            parts.append(
                f'<text x="{x:.1f}" y="{y + 5:.1f}" font-size="15" text-anchor="middle" {_HALO}>'
                f"{escape(topic['name'])}</text>"
            )
    parts.append(
        f'<text x="16" y="{size + 25}" font-size="14" fill="#515b5f">{escape(title)} · {escape(note)}</text></svg>'
    )
    return "\n".join(parts)


def _width(text: str) -> float:
    """Return the width of a text in ems: Chinese signs are twice as wide as Latin letters."""
    return sum(1.05 if east_asian_width(sign) in "WF" else 0.58 for sign in text)


def _cross(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
