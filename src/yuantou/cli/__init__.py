"""The command ``yuantou``.

A module of this package may have a function ``register(app)`` that adds its commands, with help texts written
``both("中文", "English")``. It imports engines, Django and the like inside its commands only, or in modules whose name
starts with an underscore, so that ``yuantou --help`` stays quick.
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import FrameType
from typing import Annotated

import typer

from yuantou.cli import language
from yuantou.cli.console import show_error
from yuantou.cli.language import both
from yuantou.kernel.errors import CancelledError, YuantouError
from yuantou.kernel.local_text import LocalText


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 well, 1 done with something left out, 2 not done."""
    chosen, rest = language.split_language(sys.argv[1:] if arguments is None else arguments, os.environ)
    language.use(chosen)
    earlier = signal.signal(signal.SIGTERM, _stop)
    try:
        language.settle(typer.main.get_command(_application()))(rest, prog_name="yuantou")
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            show_error(CancelledError())
        return int(ended.code or 0)
    except CancelledError as error:
        show_error(error)
        return _INTERRUPTED
    except YuantouError as error:
        show_error(error)
    except OSError as error:
        show_error(YuantouError(LocalText(f"系统拒绝：{error}。", f"The system refused: {error}."), code="system"))
    finally:
        signal.signal(signal.SIGTERM, earlier)
    return 2


_INTERRUPTED = 130


def _application() -> typer.Typer:
    app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(help=both("源头：办好基础研究的开放平台。", "Yuantou: the open platform for running basic research."))(
        _root
    )
    for module in iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        if register := getattr(import_module(f"{__name__}.{module.name}"), "register", None):
            register(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from yuantou import __version__

        typer.echo(__version__)
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help=both("显示版本。", "Show the version.")),
    ] = False,
    lang: Annotated[
        str, typer.Option(help=both("语言：zh 或 en（默认取自 LANG）。", "Language: zh or en (default from LANG)."))
    ] = "",
) -> None:
    """Declare the options that were taken care of before: ``--lang`` may stand anywhere among the arguments."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
