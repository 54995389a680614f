"""Workflows of records that belong to no call, shipped as ``yuantou/registers/*.toml``.

A model of such a record has ``state``, ``version`` and a property ``programme`` that returns ``register_of("name")``;
``change_state``, ``see``, ``visible_states`` and ``write_letter`` then work as for records of a call.
"""

from functools import lru_cache
from importlib.resources import files

from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import Register, load_register


@lru_cache(maxsize=64)
def register_of(name: str) -> Register:
    """Return a shipped register (read and judged once per process).

    Raises
    ------
    InputError
        If it is not sound; a test reads every one that is shipped.
    """
    file = files("yuantou") / "registers" / f"{name}.toml"
    return load_register(file.read_text("utf-8"), name=file.name, known=vocabulary())
