"""Draws docs/gallery and writes its page: every picture by one command, which the page shows.

python -m tools.gallery            draws all of them
python -m tools.gallery FOLDER     draws into another folder
"""

from __future__ import annotations

import contextlib
import io
import shlex
import sys
from pathlib import Path

from archdsl.cli import main as archdsl

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "docs/gallery"
BLOCKS = f"{FOLDER}/blocks.arch"
FIGURE_3 = (
    "specs/vgg.arch:VGG-E specs/resnet_variants.arch:Plain-34 specs/resnet.arch:ResNet-34"
    " --title VGG-19 --title '34-layer plain' --title '34-layer residual'"
)
FIVE = (
    "specs/alexnet.arch:AlexNet specs/vgg.arch:VGG-D specs/googlenet.arch:GoogLeNet"
    " specs/resnet.arch:ResNet-50 specs/mobilenet.arch:MobileNetV2"
)


class Shown:
    """A file of the gallery: what `archdsl draw` is asked for, and the words beside it."""

    __slots__ = ("arguments", "name", "words")

    def __init__(self, name: str, arguments: str, words: str = "") -> None:
        self.name = name
        self.arguments = arguments
        self.words = words

    @property
    def command(self) -> str:
        """The command that draws it, from the root of the repository."""
        return f"archdsl draw {self.arguments} -o {FOLDER}/{self.name}"

    @property
    def is_graph(self) -> bool:
        """Whether Graphviz lays it out."""
        return "--view" not in self.arguments


SECTIONS: dict[str, list[Shown]] = {
    "Networks side by side": [
        Shown(
            "resnet-figure-3.svg",
            f"{FIGURE_3} --view columns",
            "Figure 3 of the ResNet paper: rows by output size, shortcuts at the side, dashed where"
            " a convolution fits them.",
        ),
        Shown("five.svg", f"{FIVE} --view columns --detail 4", "Five years, repetitions once."),
    ],
    "Tables of papers": [
        Shown(
            "vgg-table.md",
            "specs/vgg.arch --view table",
            "Tables 1 and 2 of the VGG paper, what differs from the left in bold.",
        ),
        Shown("vgg-table.tex", "specs/vgg.arch --view table"),
        Shown("vgg-table.html", "specs/vgg.arch --view table"),
        Shown("vgg-table.txt", "specs/vgg.arch --view table"),
        Shown("resnet-table.md", "specs/resnet.arch --view table", "Table 1 of the ResNet paper."),
        Shown("resnet-table.tex", "specs/resnet.arch --view table"),
        Shown("resnet-table.html", "specs/resnet.arch --view table"),
        Shown("resnet-table.txt", "specs/resnet.arch --view table"),
    ],
    "Volumes, to scale": [
        Shown("vgg16-volumes.svg", "specs/vgg.arch:VGG-D --view volumes --title VGG-16"),
        Shown("alexnet-volumes.svg", "specs/alexnet.arch:AlexNet --view volumes"),
        Shown("lenet-volumes.svg", "specs/lenet.arch:LeNet-5 --view volumes"),
        Shown("unet-volumes.svg", "specs/unet.arch:UNet --view volumes --title U-Net"),
        Shown("resnet18-volumes.svg", "specs/resnet.arch:ResNet-18 --view volumes"),
    ],
    "Blocks": [
        Shown("inception.svg", f"{BLOCKS}:inception-3a", "An inception module of GoogLeNet."),
        Shown("se.svg", f"{BLOCKS}:se-block", "Squeeze-and-excitation."),
        Shown("inverted.svg", f"{BLOCKS}:inverted-residual", "MobileNetV2's inverted residual."),
        Shown("basic.svg", f"{BLOCKS}:basic-block", "ResNet's basic block."),
        Shown("bottleneck.svg", f"{BLOCKS}:bottleneck-block", "ResNet's bottleneck."),
    ],
    "Graphs": [
        Shown("googlenet.svg", "specs/googlenet.arch:GoogLeNet", "GoogLeNet's Figure 3."),
        Shown("resnet50.svg", "specs/resnet.arch:ResNet-50", "ResNet-50."),
        Shown(
            "efficientnet-b0.svg",
            "specs/efficientnet.arch:EfficientNet-B0",
            "EfficientNet-B0: long networks turn into columns that a page holds.",
        ),
        Shown("mobilenetv3.svg", "specs/mobilenet.arch:MobileNetV3-Large", "MobileNetV3, large."),
    ],
}


def all_shown() -> list[Shown]:
    """Every file that is drawn."""
    return [shown for section in SECTIONS.values() for shown in section]


def draw(shown: Shown, folder: Path) -> None:
    """Draws one file; the working folder is the root of the repository."""
    arguments = ["draw", *shlex.split(shown.arguments), "-o", str(folder / shown.name)]
    with contextlib.redirect_stdout(io.StringIO()):
        code = archdsl(arguments)
    if code:
        raise SystemExit(f"{shown.command}: exit code {code}")


def page(folder: Path) -> str:
    """The page that shows all of it."""
    lines = ["<!-- Made by `make gallery`; edit tools/gallery.py. -->", "", "# Gallery", ""]
    lines += ["Every picture and table here is made by the command below it, all of them by"]
    lines += ["`make gallery`. Nothing was touched up by hand."]
    for title, section in SECTIONS.items():
        lines += ["", f"## {title}"]
        for shown in section:
            lines += ["", *_entry(shown, folder)]
    return "\n".join(lines) + "\n"


def _entry(shown: Shown, folder: Path) -> list[str]:
    lines = [shown.words, ""] if shown.words else []
    if shown.name.endswith(".svg"):
        lines += [f"![{shown.name.removesuffix('.svg')}]({shown.name})", ""]
    elif shown.name.endswith(".md"):
        lines += [(folder / shown.name).read_text(encoding="utf-8").rstrip(), ""]
    return [*lines, f"[{shown.name}]({shown.name}): `{shown.command}`"]


def main(arguments: list[str]) -> None:
    """Draws everything into the folder, then the page."""
    folder = Path(arguments[0]) if arguments else ROOT / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(ROOT):
        for shown in all_shown():
            draw(shown, folder.absolute())
    (folder / "README.md").write_text(page(folder), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
