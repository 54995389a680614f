"""Pages on the literature: search, map, topic, frontier, fields, partners. Everything on them is public."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuantou.apps.directions.atlas import site_atlas
from yuantou.apps.directions.forms import NarrowForm
from yuantou.apps.directions.models import Question
from yuantou.apps.directions.rules import visible_questions
from yuantou.apps.directions.tables import language
from yuantou.connectors.atlas import Atlas
from yuantou.connectors.search import Found, Narrowing
from yuantou.connectors.vosviewer import to_svg, to_vosviewer

PAGE = 20
View = Callable[..., HttpResponse]


def with_atlas(view: View) -> View:
    """Give a view the atlas, or say that none was prepared yet."""

    @wraps(view)
    def shown(request: HttpRequest, **named: Any) -> HttpResponse:
        atlas = site_atlas()
        if atlas is None:
            return render(request, "directions/no_atlas.html", {"command": "yuantou atlas prepare"})
        return view(request, atlas, **named)

    return require_safe(shown)


def _narrow(request: HttpRequest) -> dict[str, Any]:
    form = NarrowForm(request.GET)
    form.is_valid()
    return form.cleaned_data


@with_atlas
def search(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Search works by words, or by an example text."""
    asked = _narrow(request)
    found, page = _search(atlas, asked)
    pages = {"previous": page - 1 if page > 1 else None, "next": page + 1 if page * PAGE < found.total else None}
    topics = atlas.part("map")["topics"]
    hits = [{"hit": hit, "topic": topics[int(hit.columns["topic"])]} for hit in found.hits]
    context = {"asked": asked, "found": found, "hits": hits, "page": page, **pages, **_head(atlas)}
    return render(request, "directions/search.html", context)


def _search(atlas: Atlas, asked: dict[str, Any]) -> tuple[Found, int]:
    names = ("country", "institution", "funder", "topic")
    values = {name: asked[name] for name in names if asked.get(name)}
    narrowing = Narrowing(asked.get("first"), asked.get("last"), values)
    if asked.get("like"):
        return atlas.index.like(asked["like"], narrowing=narrowing, limit=PAGE), 1
    page, every = asked.get("page") or 1, bool(asked.get("every"))
    words = asked.get("q") or ""
    return atlas.index.search(words, narrowing=narrowing, every=every, limit=PAGE, offset=(page - 1) * PAGE), page


def _head(atlas: Atlas) -> dict[str, Any]:
    return {"manifest": atlas.manifest, "notice": atlas.manifest["notice"].get(language(), "")}


@with_atlas
def atlas_map(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Show the map; without script, the largest topics as a table."""
    topics = sorted(atlas.part("map")["topics"], key=lambda topic: -topic["works"])
    choices = {name: _commonest(atlas, name) for name in ("countries", "institutions", "funders")}
    questions = visible_questions(request.user if request.user.is_authenticated else None)
    context = {
        "topics": topics[:40],
        "choices": choices,
        "questions": questions.exclude(state__means="draft")[:50],
    }
    return render(request, "directions/map.html", {**context, **_head(atlas)})


def _commonest(atlas: Atlas, column: str, first: int = 60) -> list[str]:
    known = atlas.works.select(pl.col(column).explode().drop_nulls().value_counts(sort=True)).to_series()
    return [row[column] for row in known.head(first).to_list() if row[column]]


@with_atlas
def points(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """The works as numbers for drawing."""
    answer = HttpResponse(atlas.points(), content_type="application/octet-stream")
    answer["Cache-Control"] = "private, max-age=600"
    return answer


@with_atlas
def map_json(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Topics and links for drawing."""
    return JsonResponse(atlas.part("map"))


@with_atlas
def vosviewer(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """The map as a VOSviewer file."""
    answer = JsonResponse(to_vosviewer(atlas.part("map")))
    answer["Content-Disposition"] = 'attachment; filename="map-vosviewer.json"'
    return answer


@with_atlas
def map_svg(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """The map for print."""
    manifest = atlas.manifest
    note = f"{manifest['works']:,} · {manifest['first']}–{manifest['last']} · {manifest['made_at'][:10]}"
    answer = HttpResponse(
        to_svg(atlas.part("map"), title=_("Map of the literature"), note=note), content_type="image/svg+xml"
    )
    answer["Content-Disposition"] = 'attachment; filename="map.svg"'
    return answer


@with_atlas
def mask(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Which works are lit: one byte for each, by country, institution, funder, people, text or question."""
    asked = request.GET
    lit = atlas.mask(
        countries=asked.get("countries", ""),
        institutions=asked.get("institutions", ""),
        funders=asked.get("funders", ""),
        authors=[name.strip() for name in asked.get("people", "").split(";") if name.strip()],
    )
    if asked.get("like"):
        lit = lit & atlas.mask_like(asked["like"][:5000])
    if asked.get("question"):
        lit = lit & atlas.mask_like(_text_of(request, asked["question"]))
    return HttpResponse(lit.astype(np.uint8).tobytes(), content_type="application/octet-stream")


def _text_of(request: HttpRequest, key: str) -> str:
    user = request.user if request.user.is_authenticated else None
    found: Question | None = visible_questions(user, "statement").filter(pk=key).first()
    if found is None:
        raise Http404
    return " ".join([found.title_zh, found.title_en, found.statement_zh, found.statement_en])


@with_atlas
def topic(request: HttpRequest, atlas: Atlas, number: int) -> HttpResponse:
    """Show one topic: its terms, its years, who works on it, neighbours, newest works."""
    content = atlas.part("map")
    if number >= len(content["topics"]):
        raise Http404
    works = atlas.works.filter(pl.col("topic") == number)
    years = works.group_by("year").len().sort("year").to_dicts()
    most = max(row["len"] for row in years)
    near = sorted(
        ((close, b if a == number else a) for a, b, close in content["links"] if number in {a, b}), reverse=True
    )
    field = next((row for row in atlas.part("fields").get("rows", []) if int(row["field"]) == number), None)
    context = {
        "topic": content["topics"][number],
        "years": [{"x": i * 12, "h": round(100 * row["len"] / most, 1), **row} for i, row in enumerate(years[-40:])],
        "near": [{"topic": content["topics"][other], "close": close} for close, other in near],
        "field": field,
        "newest": works.sort("year", descending=True, maintain_order=True).head(20).to_dicts(),
        "parties": {name: _most(works, name) for name in ("institutions", "countries", "funders")},
        **_head(atlas),
    }
    return render(request, "directions/topic.html", context)


def _most(works: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    counted = works.select(pl.col(column).explode().drop_nulls().value_counts(sort=True)).to_series().head(10).to_list()
    return [{"name": row[column], "works": row["count"]} for row in counted]


@with_atlas
def frontier(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Show what is likely to grow, and what the same method would have said in years whose outcome is known."""
    content = atlas.part("frontier")
    tested = content.get("backtest", {})
    years = [row["year"] for row in tested.get("years", [])]
    chosen = int(request.GET["year"]) if request.GET.get("year", "").isdigit() else (years[-1] if years else 0)
    context = {
        "content": content,
        "tested": tested,
        "chosen": chosen,
        "said": [row for row in tested.get("rows", []) if row["year"] == chosen],
        "bins": [
            {**row, "x": round(40 + 300 * row["said"], 1), "y": round(320 - 300 * row["happened"], 1)}
            for row in tested.get("bins", [])
        ],
        "why": tested.get("why", {}).get(language(), ""),
        "left_out": atlas.manifest["left_out"].get("frontier", {}).get(language(), ""),
        **_head(atlas),
    }
    return render(request, "directions/frontier.html", context)


@with_atlas
def evidence(request: HttpRequest, atlas: Atlas, place: int) -> HttpResponse:
    """Show the works behind a forecast, who wrote them, where, with whose money."""
    rows = atlas.part("frontier").get("terms", [])
    if place >= len(rows):
        raise Http404
    works = atlas.works.filter(pl.col("work_id").is_in(rows[place]["works"]))
    parties = {name: _most(works, name) for name in ("authors", "institutions", "countries", "funders")}
    context = {
        "row": rows[place],
        "place": place,
        "works": works.sort("year", descending=True).to_dicts(),
        "parties": parties,
    }
    return render(request, "directions/evidence.html", {**context, "content": atlas.part("frontier"), **_head(atlas)})


@with_atlas
def fields(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Show weak and cold fields: capacity, renewal, dependence on few people, with intervals."""
    rows = atlas.part("fields").get("rows", [])
    weak = request.GET.get("weak") == "1"
    shown = sorted(
        (row for row in rows if row["signs"] or not weak), key=lambda row: (-len(row["signs"]), row["change"])
    )
    return render(
        request,
        "directions/fields.html",
        {"rows": shown, "weak": weak, "content": atlas.part("fields"), **_head(atlas)},
    )


@with_atlas
def partners(request: HttpRequest, atlas: Atlas) -> HttpResponse:
    """Show who works with whom, and partners that would complement a party."""
    content = atlas.part("partners")
    chosen = request.GET.get("party", "")
    topics = atlas.part("map")["topics"]
    rows = content.get("suggestions", {}).get(chosen, [])
    context: dict[str, Any] = {"content": content, "chosen": chosen, "known": sorted(content.get("suggestions", {}))}
    context["rows"] = [{**row, "topic": topics[row["brings"]]} for row in rows]
    return render(request, "directions/partners.html", {**context, **_head(atlas)})
