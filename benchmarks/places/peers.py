"""Ask one peer where places are; runs in the peers' environment, without povner.

Reads a JSON list of place names, writes a JSON object: for each name the province, city and county
that the peer gives, or None, and the seconds that it took.
"""

import contextlib
import io
import json
import sys
import time

Answer = list[str | None]


def cpca(names: list[str]) -> list[Answer]:
    """Read with `cpca.transform`, which takes them all at once."""
    import cpca

    table = cpca.transform(names)
    return [
        [cell if isinstance(cell, str) and cell else None for cell in row]
        for row in table[["省", "市", "区"]].itertuples(index=False)
    ]


def addressparser(names: list[str]) -> list[Answer]:
    """Read with `addressparser.transform`."""
    import addressparser

    table = addressparser.transform(names)
    return [
        [cell if isinstance(cell, str) and cell else None for cell in row]
        for row in table[["省", "市", "区"]].itertuples(index=False)
    ]


def jionlp(names: list[str]) -> list[Answer]:
    """Read each with `jionlp.parse_location`."""
    import jionlp

    found = []
    for name in names:
        place = jionlp.parse_location(name)
        found.append([place["province"], place["city"], place["county"]])
    return found


def main() -> None:
    """Answer with the peer that the command line names."""
    reader = {"cpca": cpca, "addressparser": addressparser, "jionlp": jionlp}[sys.argv[1]]
    names = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        reader(names[:1])
        begin = time.process_time()
        answers = reader(names)
        seconds = time.process_time() - begin
    json.dump({"answers": answers, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
