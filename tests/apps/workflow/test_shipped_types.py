"""Types that come with the software: a published version never changes under a proposal."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from tests.apps.conftest import World
from yuantou.apps.workflow.facade import publish_programme_types
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.kernel.errors import InputError


def test_a_file_changed_without_a_new_version_is_refused_and_the_others_kept(world: World, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(settings.PROGRAMME_TYPES_DIR, tmp_path / "types"))
    known = ProgrammeTypeVersion.objects.get(type_id="strategic")
    changed = (folder / "strategic.toml").read_text("utf-8").replace('en = "', 'en = "New ', 1)
    (folder / "strategic.toml").write_text(changed, "utf-8")
    other = (folder / "talent.toml").read_text("utf-8").replace('id = "talent"', 'id = "talent-two"')
    (folder / "talent-two.toml").write_text(other, "utf-8")
    with pytest.raises(InputError) as refused:
        publish_programme_types(now=world.now, folder=folder)
    [problem] = refused.value.problems
    assert problem.place.file == "strategic.toml"
    assert f"version = {known.version + 1}" in problem.text("en")
    assert str(known.version + 1) in problem.text("zh")
    assert ProgrammeTypeVersion.objects.filter(type_id="talent-two").exists()
    assert ProgrammeTypeVersion.objects.get(pk=known.pk).source_hash == known.source_hash


def test_unchanged_files_are_published_once(world: World) -> None:
    before = ProgrammeTypeVersion.objects.count()
    publish_programme_types(now=world.now)
    assert ProgrammeTypeVersion.objects.count() == before
