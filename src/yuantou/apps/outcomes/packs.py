"""The shipped packs of indicators, read and judged once per process."""

from functools import lru_cache
from importlib.resources import files

from yuantou.engines.indicators import Pack, load_pack

PACKAGE = files("yuantou") / "indicators"


@lru_cache(maxsize=1)
def national() -> Pack:
    """National statistics with the numbers of the policy text and their checks."""
    names = ("national_rd.toml", "policy_numbers.toml")
    return load_pack(*((PACKAGE / name).read_text("utf-8") for name in names), file="national")


@lru_cache(maxsize=1)
def platform() -> Pack:
    """Indicators over the platform's own record."""
    return load_pack((PACKAGE / "platform.toml").read_text("utf-8"), file="platform.toml")


@lru_cache(maxsize=1)
def house() -> Pack:
    """What an institution may report of itself: people, transfer, cooperation, openness."""
    return load_pack((PACKAGE / "house_rd.toml").read_text("utf-8"), file="house_rd.toml")
