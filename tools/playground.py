"""The playground: builds its folder from npm's packages and archdsl's wheel, and serves it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from archdsl import __version__
from archdsl.backends.html.page import fill_page

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "playground"
VIZ = Path("@viz-js/viz/dist/viz-global.js")
VENDORED = ROOT / "archdsl/backends/html/assets/viz-global.js"
PYTHON = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
EDITOR = (
    '<div class="paper"><div id="text" data-plain></div>'
    '<textarea id="editor" aria-label="spec" spellcheck="false" autocapitalize="off"></textarea>'
    "</div>"
)
BUTTONS = (
    '<button type="button" data-do="code" aria-pressed="false" title="the source">PyTorch</button>'
    '<button type="button" data-do="share" title="a link to this spec">Share</button>'
)
EXTRA = (
    '<section id="code" aria-label="PyTorch source" tabindex="0"><pre id="source"></pre></section>'
    '<div id="progress" role="status"><span id="progress-text">starting</span>'
    '<progress id="progress-bar" max="1" value="0" aria-labelledby="progress-text"></progress>'
    "</div>"
)


def main() -> int:
    """`python -m tools.playground [--serve PORT] [--viz]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "playground")
    parser.add_argument("--serve", type=int, metavar="PORT", help="serve it on this machine only")
    parser.add_argument("--viz", action="store_true", help="only take Viz.js over from npm")
    args = parser.parse_args()
    packages = fetch_packages()
    if args.viz:
        shutil.copyfile(packages / VIZ, VENDORED)
        return 0
    build(args.out, packages)
    print(f"the playground is in {args.out}")
    if args.serve is not None:
        serve(args.out, args.serve)
    return 0


def fetch_packages() -> Path:
    """The folder of npm's packages, as package-lock.json pins them. Exits where npm fails."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("the playground needs npm, of Node.js 18 or newer")
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
        cwd=HERE,
        check=False,
    )
    if done.returncode:
        sys.exit("npm could not fetch the packages of playground/package-lock.json")
    return HERE / "node_modules"


def build(out: Path, packages: Path) -> None:
    """Everything that the page asks for, under one folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name in PYTHON:
        shutil.copyfile(packages / "pyodide" / name, out / name)
    shutil.copyfile(HERE / "worker.mjs", out / "worker.mjs")
    copy_wheel(out / "archdsl.whl")
    (out / "index.html").write_text(make_page(), encoding="utf-8")


def make_page() -> str:
    """The page, with an editor in the place of the text."""
    return fill_page(
        "archdsl playground",
        __version__,
        begin=(HERE / "playground.js").read_text(encoding="utf-8"),
        mode="playground no-code",
        sources="'self'",
        editor=EDITOR,
        buttons=BUTTONS,
        extra=EXTRA,
        style=(HERE / "playground.css").read_text(encoding="utf-8"),
    )


def copy_wheel(target: Path) -> None:
    """archdsl's wheel: pure Python, which the browser's Python unpacks."""
    with tempfile.TemporaryDirectory(prefix="archdsl-wheel-") as folder:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
        subprocess.run([*command, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
        shutil.copyfile(next(Path(folder).glob("*.whl")), target)


class Quiet(SimpleHTTPRequestHandler):
    """Files of one folder, without a line for each."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def serve(folder: Path, port: int) -> None:
    """Serves a folder on the loopback interface until it is interrupted."""
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder))) as server:
        print(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    sys.exit(main())
