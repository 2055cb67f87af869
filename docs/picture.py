"""Draw the README's picture: python docs/picture.py writes docs/extract.svg."""

import io
import re
from dataclasses import replace
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from povner import extract
from povner.cli.table import show

ROOT = Path(__file__).parents[1]
PAGE = "seeds/001_7d29d2d5cf896e98.txt"
PARAGRAPH = "電商興農"
ROWS = 14


def main() -> None:
    """Extract one page and draw some of its entities as the terminal shows them."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    document = extract(text)
    shown = [each for each in document.entities if each.start > text.index(PARAGRAPH)][:ROWS]
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    for _ in show([replace(document, id=PAGE, entities=tuple(shown))], console):
        pass
    without_web_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(
        str(ROOT / "docs" / "extract.svg"),
        title="povner extract seeds/",
        code_format=without_web_fonts,
    )


if __name__ == "__main__":
    main()
