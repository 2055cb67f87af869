"""Write povner's one-to-one traditional → simplified table from OpenCC's `t2s` dictionaries.

Run as ``python -m povner_training.t2s_table src/povner/data/t2s.txt``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import opencc

CJK_BLOCKS = (
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0x20000, 0x323B0),
)


def single_character_pairs() -> Iterator[tuple[str, str]]:
    """Yield (traditional, simplified) for every Han character that OpenCC changes one to one."""
    converter = opencc.OpenCC("t2s")
    for block in CJK_BLOCKS:
        for character in map(chr, block):
            simplified = converter.convert(character)
            if len(simplified) == 1 and simplified != character:
                yield character, simplified


def main() -> None:
    """Write the table: one line of traditional characters, one of their simplified forms."""
    traditional, simplified = map("".join, zip(*single_character_pairs(), strict=True))
    Path(sys.argv[1]).write_text(f"{traditional}\n{simplified}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
