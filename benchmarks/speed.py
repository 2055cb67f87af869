"""Measure how fast povner is on this machine: import and load, then characters a second."""

import time
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "seeds"
ROUNDS = 5


def main() -> None:
    """Print the time to the first answer, and the best of some rounds over the seeds."""
    start = time.perf_counter()
    from povner import Extractor

    extractor = Extractor()
    extractor("4年累计拨付3.09亿元")
    print(f"import, load, first sentence: {time.perf_counter() - start:.2f} s")

    texts = [path.read_text("utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    characters = sum(map(len, texts))
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        entities = sum(len(document.entities) for document in extractor.pipe(texts))
        seconds.append(time.perf_counter() - start)
    print(f"{len(texts)} documents, {characters:,} characters, {entities} entities:")
    print(f"{characters / min(seconds):,.0f} characters/s, best of {ROUNDS} rounds")


if __name__ == "__main__":
    main()
