"""The mission as this version of the product carries it out."""

from functools import cache
from importlib.resources import files

from yuantou.engines.policy import Mission, load_mission


@cache
def mission() -> Mission:
    """Return the rows shipped with the product; they change with it alone."""
    return load_mission((files("yuantou") / "mission" / "rows.toml").read_text("utf-8"))
