"""The prepared atlas of the site, opened once per process and again when it was prepared anew."""

from pathlib import Path

from django.conf import settings

from yuantou.connectors.atlas import Atlas
from yuantou.kernel.errors import InputError

_open: dict[Path, tuple[float, Atlas]] = {}


def site_atlas() -> Atlas | None:
    """Return the atlas in the data folder of the site; nothing if none was prepared."""
    folder: Path = settings.ATLAS_DIR
    try:
        made = (folder / "atlas.json").stat().st_mtime
    except OSError:
        return None
    if folder not in _open or _open[folder][0] != made:
        try:
            _open[folder] = (made, Atlas(folder))
        except InputError:
            return None
    return _open[folder][1]
