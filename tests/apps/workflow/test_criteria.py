"""Kinds of call cannot score what must not count; texts of calls are flagged with the clause."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.workflow import editor
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.pipelines.kinds import counting_criteria

pytestmark = pytest.mark.django_db


def test_no_shipped_type_scores_what_must_not_count(world: World) -> None:
    assert len(list(Path(settings.PROGRAMME_TYPES_DIR).glob("[!_]*.toml"))) >= 12
    for row in ProgrammeTypeVersion.objects.all():
        assert list(counting_criteria(row.programme, file=row.type_id)) == [], row


@pytest.mark.parametrize("words", ["影响因子", "发表论文数量", "Number of SCI papers"])
def test_a_draft_that_scores_a_banned_metric_cannot_be_proposed(world: World, now: dt.datetime, words: str) -> None:
    draft = editor.start_draft(base=world.programme, user=world.officer, now=now)
    programme, problems = editor.examine(draft)
    assert programme is not None, problems
    name = programme.review.criteria[0].name.zh
    assert name in draft.source
    source = draft.source.replace(f'zh = "{name}"', f'zh = "{words}"')
    editor.save_draft(draft=draft, source=source, user=world.officer, now=now, version=draft.version)
    refused, problems = editor.examine(draft)
    assert refused is None
    assert {problem.code for problem in problems} == {"programme_type.banned_metric"}
    assert "教科技" in problems[0].message.zh


def test_an_officer_who_writes_a_banned_criterion_into_a_guide_is_told_the_clause(world: World) -> None:
    world.call.state, world.call.guide_zh = "draft", "申请人须以第一作者发表SCI论文5篇以上。"
    world.call.save()
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(world.officer)
    page = client.get(reverse("calls:edit", args=[world.call.pk])).content.decode()
    assert "教科技〔2020〕2号" in page
    world.call.guide_zh = "以代表作说明本人贡献。"
    world.call.save()
    assert "教科技〔2020〕2号" not in client.get(reverse("calls:edit", args=[world.call.pk])).content.decode()
