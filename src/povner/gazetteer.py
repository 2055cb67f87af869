"""The administrative divisions of China, present and former, and the countries of the world.

Names are looked up as the model sees them, in the view of `povner.text` (simplified characters).
A name may be official (延庆区) or a usual short form (延庆); `Gazetteer.is_official` tells which.
The tables in `data/gazetteer` are written by `make gazetteer`, see SOURCES.md there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import get_args

from povner.entities import Level
from povner.text import simplified_forms

LEVELS: tuple[Level, ...] = get_args(Level)
"""From the largest to the smallest."""

_LEVELS: dict[str, Level] = {level: level for level in LEVELS}


@dataclass(frozen=True, slots=True)
class Division:
    """A present division of China, or a country.

    An area without a code of its own (雄安新区, 台北市, 香港's 湾仔区) carries that of its parent.

    Attributes:
        code: Six digits; nine for a township; ISO 3166-1 alpha-2 for a country.
        name: The official name, simplified: 河西区.
        level: What kind of division it is. A development zone with a code is a county.
        parent: Code of the division above it; None for a province or a country. A county directly
            under a province (仙桃市, 东城区) has the province's.
    """

    code: str
    name: str
    level: Level
    parent: str | None


@dataclass(frozen=True, slots=True)
class Former:
    """A division as it was called and coded for some years.

    Attributes:
        code: The code that it had; empty if unknown.
        name: Its name at the time.
        level: What it was then.
        chain: The names at the time, from the province to itself, as of its last year.
        since: The first year in which it was so; None if before 1981.
        until: The first year in which it was so no longer.
        successors: Codes of the present divisions that its area mainly lies in, the one that took
            over its name or seat first; empty if unknown.
    """

    code: str
    name: str
    level: Level
    chain: tuple[str, ...]
    since: int | None
    until: int
    successors: tuple[str, ...]


class Gazetteer:
    """Finds divisions by name and by code; each table is read when it is first needed."""

    def named(self, name: str) -> tuple[Division, ...]:
        """Return the present divisions of county level or above, and the countries, of a name.

        Those that have it as their official name come first, then those of which it is a short
        form or alias; among equals, the larger first.

        >>> [division.code for division in gazetteer().named("吉林")]
        ['220000', '220200']
        """
        return self._divisions_by_name.get(name, ())

    def townships_named(self, name: str) -> tuple[Division, ...]:
        """Return the present townships of a name, those that have it officially first."""
        codes = self._townships_by_name.get(name)
        if codes is None:
            return ()
        found = map(self._township, codes.split())
        return tuple(sorted(found, key=lambda township: not self.is_official(name, township)))

    def former_named(self, name: str) -> tuple[Former, ...]:
        """Return the divisions that had a name or short form once, the latest first.

        A division that has the same name and level still is not among them.

        >>> [former.successors for former in gazetteer().former_named("襄樊市")]
        [('420600',)]
        """
        return self._formers_by_name.get(name, ())

    def knows(self, name: str) -> bool:
        """Return whether any division or country, present or former, has a name."""
        return (
            name in self._divisions_by_name
            or name in self._townships_by_name
            or name in self._formers_by_name
        )

    def is_official(self, name: str, division: Division) -> bool:
        """Return whether a name that a division was found by is its official one."""
        return name == division.name or name == division.name.translate(_simplified())

    def division(self, code: str) -> Division | None:
        """Return the present division or the country of a code; None if there is none."""
        if len(code) == 9:
            return self._township(code) if code in self._township_names else None
        return self._divisions_by_code.get(code)

    def chain(self, division: Division) -> tuple[Division, ...]:
        """Return the divisions that a division lies in, from the province down, itself last."""
        chain = [division]
        while (code := chain[-1].parent) is not None:
            chain.append(self._divisions_by_code[code])
        return tuple(reversed(chain))

    def full_name(self, division: Division) -> str:
        """Return the names of a division's chain as one.

        >>> gazetteer().full_name(gazetteer().named("河西区")[0])
        '天津市河西区'
        """
        return "".join(part.name for part in self.chain(division))

    def as_of(self, code: str, year: int) -> Former | None:
        """Return what a present division, county or above, was at the end of a year.

        Where several were united since, it is the one whose name or seat was kept.

        >>> "".join(gazetteer().as_of("120119", 2015).chain)
        '天津市蓟县'

        Returns:
            None where its name and code were those of today, or nothing is known.
        """
        division = self.division(code)
        if division is None or year >= self._since.get(code, 0):
            return None
        then = [
            former
            for former in self._formers_by_successor.get(code, ())
            if (former.since or 0) <= year < former.until
        ]
        return min(then, key=lambda former: former.level != division.level, default=None)

    def history(self, code: str) -> tuple[Former, ...]:
        """Return what a present division, county or above, was before, and what became part of it.

        >>> [former.name for former in gazetteer().history("120119")]
        ['蓟县']
        """
        return tuple(self._formers_by_successor.get(code, ()))

    def divisions(self, level: Level) -> Iterator[Division]:
        """Yield the administrative divisions of a level in the order of their codes.

        Zones, new areas and the parts of Taiwan, Hong Kong and Macau are not among them; they are
        found by name and as `children`.
        """
        if level == "township":
            return map(self._township, self._township_names)
        coded = self._countries if level == "country" else self._divisions
        return (division for division in coded if division.level == level)

    def children(self, code: str) -> tuple[Division, ...]:
        """Return the divisions and areas directly below a division, in the order of their codes."""
        townships = map(self._township, self._townships_by_parent.get(code, ()))
        return (*self._divisions_by_parent.get(code, ()), *townships)

    @cached_property
    def _division_rows(self) -> list[list[str]]:
        return list(_rows("divisions.tsv"))

    @cached_property
    def _since(self) -> dict[str, int]:
        """The first year of the present code and name, where that is after 1980."""
        return {code: int(since) for code, _, since, _ in self._division_rows if since}

    @cached_property
    def _divisions(self) -> dict[Division, str]:
        """The keys of every administrative division of county level or above, by code."""
        codes = {code for code, *_ in self._division_rows}
        keyed = {}
        for code, name, _, keys in self._division_rows:
            city, province = code[:4] + "00", code[:2] + "0000"
            if code == province:
                keyed[Division(code, name, "province", None)] = keys
            elif code == city:
                keyed[Division(code, name, "city", province)] = keys
            else:
                parent = city if city in codes else province
                keyed[Division(code, name, "county", parent)] = keys
        return keyed

    @cached_property
    def _areas(self) -> dict[Division, str]:
        """The keys of every area that is no administrative division."""
        return {
            Division(code, name, _LEVELS[level], parent): keys
            for code, name, level, parent, keys in _rows("areas.tsv")
        }

    @cached_property
    def _countries(self) -> dict[Division, str]:
        """The keys of every country."""
        return {
            Division(code, name, "country", None): keys
            for code, name, keys in _rows("countries.tsv")
        }

    @cached_property
    def _divisions_by_name(self) -> dict[str, tuple[Division, ...]]:
        keyed = self._divisions | self._areas | self._countries
        largest_first = sorted(keyed, key=lambda division: LEVELS.index(division.level))
        found: dict[str, tuple[Division, ...]] = {}
        for official in (True, False):
            for division in largest_first:
                first, _, others = keyed[division].partition(" ")
                for name in [first] if official else others.split():
                    found[name] = (*found.get(name, ()), division)
        return found

    @cached_property
    def _divisions_by_code(self) -> dict[str, Division]:
        coded = {area.code: area for area in self._areas if area.code != area.parent}
        return coded | {
            division.code: division for division in (*self._divisions, *self._countries)
        }

    @cached_property
    def _divisions_by_parent(self) -> dict[str | None, list[Division]]:
        below: dict[str | None, list[Division]] = {}
        for division in (*self._divisions, *self._areas):
            below.setdefault(division.parent, []).append(division)
        return below

    def _township(self, code: str) -> Division:
        if code not in self._townships:
            name, parent = self._township_names[code], self._above_township(code)
            self._townships[code] = Division(code, name, "township", parent)
        return self._townships[code]

    @cached_property
    def _townships(self) -> dict[str, Division]:
        """The townships that were asked for so far."""
        return {}

    def _above_township(self, code: str) -> str:
        """Return the county of a township's code, or the city where it has no counties."""
        county = code[:6]
        return county if county in self._divisions_by_code else county[:4] + "00"

    @cached_property
    def _township_columns(self) -> list[list[str]]:
        """The columns of the township table: codes, names, other keys."""
        cells = _table("townships.tsv").replace("\n", "\t").split("\t")
        return [cells[column::3] for column in range(3)]

    @cached_property
    def _township_names(self) -> dict[str, str]:
        codes, names, _ = self._township_columns
        return dict(zip(codes, names, strict=True))

    @cached_property
    def _townships_by_name(self) -> dict[str, str]:
        """Codes with spaces between them: many strings load faster than many lists."""
        codes, names, others = self._township_columns
        found: dict[str, str] = {}
        for code, name, other in zip(codes, names, others, strict=True):
            for key in (name, *other.split()) if other else (name,):
                found[key] = f"{found[key]} {code}" if key in found else code
        return found

    @cached_property
    def _townships_by_parent(self) -> dict[str, list[str]]:
        below: dict[str, list[str]] = {}
        for code in self._township_names:
            below.setdefault(self._above_township(code), []).append(code)
        return below

    @cached_property
    def _formers(self) -> list[tuple[Former, str]]:
        """Every former division with its keys, the latest first."""
        formers = [
            (
                Former(
                    code,
                    name,
                    _LEVELS[level],
                    tuple(chain.split()),
                    int(since) if since else None,
                    int(until),
                    tuple(successors.split()),
                ),
                keys,
            )
            for code, name, level, chain, since, until, successors, keys in _rows("former.tsv")
        ]
        return sorted(formers, key=lambda former: -former[0].until)

    @cached_property
    def _formers_by_name(self) -> dict[str, tuple[Former, ...]]:
        found: dict[str, tuple[Former, ...]] = {}
        for former, keys in self._formers:
            for name in keys.split():
                found[name] = (*found.get(name, ()), former)
        return found

    @cached_property
    def _formers_by_successor(self) -> dict[str, list[Former]]:
        """The former divisions that became one of today, those that it is the heir of first."""
        found: dict[str, list[Former]] = {}
        for first in (True, False):
            for former, _ in self._formers:
                heir, *others = former.successors or ("",)
                for code in [heir] if first else others:
                    found.setdefault(code, []).append(former)
        return found


@cache
def gazetteer() -> Gazetteer:
    """Return the one gazetteer of this process."""
    return Gazetteer()


def _rows(table: str) -> Iterator[list[str]]:
    """Yield the rows of a table."""
    for line in _table(table).split("\n"):
        yield line.split("\t")


def _table(name: str) -> str:
    """Return the text of a table, less its heading and the last line end."""
    path = resources.files("povner").joinpath("data/gazetteer", name)
    _, _, rows = path.read_text(encoding="utf-8").partition("\n")
    return rows.removesuffix("\n")


@cache
def _simplified() -> dict[int, str]:
    return str.maketrans(simplified_forms())
