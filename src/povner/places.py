"""PLACE and ORG spans of one document → the divisions that they name or lie in.

A name is read against the gazetteer into its readings: one for 河北省张家口市宣化区, several for
鼓楼区. What the rest of the page says decides between them. Nothing is linked that the model has
not marked. Where the page does not decide, the place stays open: with the common ancestor of what
it may be, or with nothing, and the candidates beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import exp

from povner.entities import ORG, PLACE, Document, Entity, FormerDivision, Place
from povner.gazetteer import Division, Former, gazetteer
from povner.lexicon import any_of, load
from povner.text import NormalizedText

_WORDS = load("places.toml")
_SITE = re.compile(any_of(_WORDS["names"]["sites"].split()))
_ENDS_IN_SITE = re.compile(f"(?:{_SITE.pattern})$")
_NATURAL = re.compile(f"(?:{any_of(_WORDS['names']['natural'].split())})$")
_TOWNSHIP = re.compile(
    f"^(?!城乡|乡镇|城镇).{{1,8}}?(?:{any_of(_WORDS['names']['townships'].split())})"
)
_LOCAL = re.compile(f".{{1,8}}(?:{any_of(_WORDS['names']['local'].split())})")
_DIRECTION = re.compile(
    f"(.)[东南西北中]{{1,2}}(?:{any_of(_WORDS['names']['region_tails'].split())})?"
)
_REGIONS, _LANDMARKS = (
    {name: code for code, names in _WORDS[table].items() for name in names.split()}
    for table in ("regions", "landmarks")
)
_LARGE = frozenset(_WORDS["names"]["large"].split())
_BRAND = re.compile(any_of(_WORDS["names"]["brands"].split()))
_GAP = re.compile(r"[ \n·\-—,]+")
_LONGEST, _LONGEST_CHAIN = 24, 80

_PROVINCES = "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵黔云滇藏陕甘青宁新港澳台"
_PAIRING = re.compile(f"[{_PROVINCES}]{{2,}}")
_LICENCE = re.compile(f"([{_PROVINCES}])(?:公网安备|ICP备|新网)")
_DATE = re.compile(
    r"(?<!\d)((?:19[5-9]|20[0-4])\d)(?:年\d{1,2}月(?:\d{1,2}日)?(?!出生|生)|[-/.]\d{1,2}[-/.]\d)"
)
_YEAR = re.compile(r"(?<!\d)(?<![到至])((?:19[5-9]|20[0-4])\d)年")
_LOCAL_BODY = re.compile("(?!中国|城)[^农乡]{1,6}?(?:镇|乡(?![村镇会土])|街道|村|社区)(?=.)")
_OWNS = re.compile("的?|那个|那边的|当地的|[市州县区]的|也?有(?:一?个|座)?|下辖的|境内的")
_KIND = re.compile("(?:..?族)?(?:街道|[乡镇])$")
_FEW = 5
_TAIWAN = "710000"
_LISTED = ("", "(", "、", ",", "和", "与", "及", "以及", "或", ";", "\n")
_SENTENCE_END = re.compile("[。!?;\n]")


def link_places(document: Document) -> Document:
    """Return the document with a Place for each PLACE, and for each ORG that begins with one.

    Args:
        document: A document with its entities; what they were linked to is replaced.
    """
    normalized = NormalizedText.from_source(document.text)
    return replace(document, entities=tuple(link(normalized, document.entities)))


def link(normalized: NormalizedText, entities: Sequence[Entity]) -> Iterator[Entity]:
    """Yield the entities of one text in order, with the Place of each PLACE and ORG."""
    mentions = [
        _Mention(entity.label, *normalized.to_view(entity.start, entity.end))
        for entity in entities
        if entity.label in (PLACE, ORG)
    ]
    places = iter(_Page(normalized.view, mentions).places())
    for entity in entities:
        if entity.label == PLACE:
            yield _with(entity, value=next(places))
        elif entity.label == ORG:
            yield _with(entity, place=next(places))
        else:
            yield entity


def _with(entity: Entity, value: Place | None = None, place: Place | None = None) -> Entity:
    """Return an entity with another value and place."""
    return Entity(
        entity.label, entity.text, entity.start, entity.end, entity.score, value, place
    )  # dataclasses.replace takes five times as long


# ---------------------------------------------------------------- reading a name


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a name.

    Attributes:
        division: The smallest division that it names, or the country.
        former: The former division that it names, if it names one.
        official: Whether it names the division in full (河西区), not by a short form (河西).
        levels: How many divisions it names, one below the other.
        rest: What stands behind them: a village, a site, the rest of a body's name.
    """

    division: Division
    former: Former | None = None
    official: bool = True
    levels: int = 1
    rest: str = ""

    @property
    def code(self) -> str:
        """The code of the division."""
        return self.division.code


def _readings(name: str) -> list[_Reading]:
    """Return the readings of a place's name that leave the least of it unread."""
    if code := _LANDMARKS.get(name) or _REGIONS.get(name):
        return [_Reading(_division(code))]
    found = [reading for reading in _chains(name) if _is_read_enough(reading)]
    if any(reading.rest and reading.levels == 1 for reading in found) and any(
        gazetteer().is_official(name, township) for township in gazetteer().townships_named(name)
    ):
        return []  # 海南朝鲜族乡, 上海路街道, 九龙口镇
    if found:
        least = min(len(reading.rest) for reading in found)
        return [reading for reading in found if len(reading.rest) == least]
    for start in range(len(name) - 1):
        if code := _REGIONS.get(name[start:]):
            return [_Reading(_division(code))]
    return [reading for reading in _direction(name) if not reading.rest]


def _direction(name: str) -> list[_Reading]:
    """Return the readings of a name that begins with a part of a province: 陕北, 闽东宁德."""
    if (direction := _DIRECTION.match(name)) is None:
        return []
    rest = name[direction.end() :]
    found: list[_Reading] = []
    for province in gazetteer().named(direction[1]):
        found += _chains(rest, province) if rest else ()
        found += () if found else (_Reading(province, official=False, rest=rest),)
    return found


def _chains(name: str, above: Division | None = None) -> Iterator[_Reading]:
    """Yield the readings of the divisions that a name begins with, one below the other.

    Args:
        name: A name, or what is left of it.
        above: The division before it; only what lies below that is read.
    """
    book = gazetteer()
    shortest = 2 if above or len(name) > 1 else 1
    for length in range(min(len(name), _LONGEST), shortest - 1, -1):
        piece, rest = name[:length], name[length:]
        if not book.knows(piece):
            continue
        hits = list(_hits(piece, above))
        deeper = [
            _Reading(
                reading.division,
                reading.former or (hit.former if reading.division.level == "township" else None),
                reading.official,
                reading.levels + 1,
                reading.rest,
            )
            for hit in hits
            for reading in (_chains(rest, hit.division) if rest else ())
        ]
        if deeper:
            yield from deeper
            return
        # Below another division, a short form needs something local behind it, or nothing.
        ends = [hit for hit in hits if not (above and rest) or hit.official or _LOCAL.match(rest)]
        if ends:
            for hit in _heirs(ends):
                yield _Reading(hit.division, hit.former, hit.official, hit.levels, rest)
            return


def _hits(piece: str, above: Division | None) -> Iterator[_Reading]:
    """Yield the divisions, present and former, of a name, the townships if there is nothing larger.

    Args:
        piece: The name.
        above: The division before it; only what lies below that is a hit.
    """
    book = gazetteer()
    found = False
    for division in book.named(piece):
        if above is None or _lies_in(division.code, above):
            found = True
            yield _Reading(division, official=book.is_official(piece, division))
        elif division.level == "county":  # 六安市寿县, which lies in 淮南市 today
            for former in book.history(division.code):
                if former.name == division.name and above.name in former.chain[:-1]:
                    found = True
                    yield _Reading(division, former, official=book.is_official(piece, division))
                    break
    for former in book.former_named(piece):
        for code in former.successors:
            if above is None or _lies_in(code, above) or above.name in former.chain[:-1]:
                found = True
                yield _Reading(_division(code), former, official=piece == former.name)
    if not found and above is not None and above.level != "country":
        for township in book.townships_named(piece):
            if _lies_in(township.code, above):
                yield _Reading(township, official=book.is_official(piece, township))


def _heirs(readings: Iterable[_Reading]) -> Iterator[_Reading]:
    """Yield the readings, of those of one former division only the first: its main heir."""
    seen: set[int] = set()
    for reading in readings:
        if id(reading.former) not in seen:
            yield reading
        if reading.former is not None:
            seen.add(id(reading.former))


def _is_read_enough(reading: _Reading) -> bool:
    """Return whether what a reading leaves unread can be a place in the division.

    A village or hall may bear the name of a far city (常州村, 福清体艺馆), so behind the short form
    of a city or county only what is named after its own region counts.
    """
    rest, level = reading.rest, reading.division.level
    if not rest or reading.levels > 1 or level == "country":
        return True
    if reading.code == reading.division.parent:
        return False  # 新界埠 has nothing to do with 新界
    if reading.official:
        return True
    if level == "county":
        return _SITE.fullmatch(rest) is not None
    return len(rest) > 1 if level == "province" else _ENDS_IN_SITE.search(rest) is not None


def _body_readings(name: str) -> list[_Reading]:
    """Return the readings of the place that a body's name begins with."""
    if _BRAND.match(name):
        return []
    found = [
        reading for reading in _chains(name) if reading.rest and reading.division.level != "country"
    ]
    return found or [reading for reading in _direction(name) if _DIRECTION.fullmatch(name) is None]


def _division(code: str) -> Division:
    """Return the division of a code that the gazetteer's own tables hold."""
    division = gazetteer().division(code)
    assert division is not None, code
    return division


def _stem(division: Division) -> str:
    """Return what the codes of all divisions in one begin with."""
    if division.level == "province":
        return division.code[:2]
    return division.code[:4] if division.level == "city" else division.code


def _lies_in(code: str, above: Division) -> bool:
    """Return whether the division of a code lies below another one."""
    if above.level == "country":
        return False
    # What has no code of its own has that of what it lies in: 臺北市大安區, 保定市雄安新区.
    return code.startswith(_stem(above)) and (code != above.code or above.level == "city")


# ---------------------------------------------------------------- reading a page


@dataclass(slots=True)
class _Mention:
    """A place or body on the page, and what it was found to be.

    Attributes:
        label: PLACE or ORG.
        start: Where its name begins in the view.
        end: Where it ends.
        chosen: The reading chosen; None while, or where, nothing is certain.
        name: What is read: a place's name, the township or village that a body is named after.
        township: The name of the township that a village lies in, where the page tells.
        score: How sure the choice is.
        candidates: Codes of the other readings that may be meant.
    """

    label: str
    start: int
    end: int
    chosen: _Reading | None = None
    name: str = ""
    township: str | None = None
    score: float = 0.0
    candidates: tuple[str, ...] = ()


# How much a mention tells about its page, by how it names its division.
_CHAIN, _OFFICIAL, _SHORT, _HINT = 2.0, 1.5, 1.0, 1.5
# What speaks for a reading before the page is looked at.
_PRIOR = {"country": 1.5, "province": 1.5, "city": 1.0, "county": 0.5, "township": 0.3}
_FULL_NAME, _NAMED_BEFORE, _IN_FULL_BEFORE = 7.5, 0.3, 0.6
# So much speech of a division counts half of what any speech can count.
_HALF = 1.5
# A name of former times, in a text of those times, of later ones, of no known year.
_OF_ITS_TIME, _OUT_OF_TIME, _TIMELESS, _CALLED_OTHERWISE = 0.3, -1.2, -0.8, -2.0
# What a name must lead by: first the clear cases, which then help with the others.
_MARGINS = (1.0, 0.45)
# What speaks for something that is in no gazetteer: a hill, a village, a body's own name.
_COMMON_NAME, _CITY_NAME, _FEATURE, _BODY_NAME = 1.8, 0.5, 1.1, 2.0
# What a township's name tells of its county, by how many townships have it, and how much of that
# several must tell together.
_RARITY, _SHARED = ((3, 1.0), (10, 0.7), (30, 0.4)), 1.4
# What the mentions before speak for a division, for each level in common, the nearest first.
_NEAR = (4.0, 0.3, 0.2, 0.1)
_ACROSS = 0.6
# How many mentions to look back for settled ones.
_BACK = 40
# Within so many characters of a line, a village lies in the county named last.
_FAR = 60
# A page is about its only county if it speaks of it more than once.
_SUBJECT = 1.4


class _Page:
    """The places of one page and what they tell about each other."""

    def __init__(self, view: str, mentions: Sequence[_Mention]) -> None:
        self._view = view
        self._mentions = mentions
        self._year = _year(view)
        # How much the page speaks of the divisions whose codes begin with a stem.
        self._weights: dict[str, float] = defaultdict(float)
        self._named_in_full: set[str] = set()
        self._named: dict[str, str] = {}
        self._towns_by_name: dict[str, tuple[Division, ...]] = {}

    def places(self) -> Iterator[Place | None]:
        """Yield the place of each mention, in order."""
        for character in {match[1] for match in _LICENCE.finditer(self._view)}:
            for province in gazetteer().named(character):
                self._weigh(province.code, _HINT)
        readings = self._read()
        for margin in (None, *_MARGINS):
            if margin == _MARGINS[0]:
                self._weigh_shared_counties(readings)
            for index, ways in list(readings.items()):
                if self._settle(index, ways, margin):
                    del readings[index]
        for index, ways in list(readings.items()):
            self._leave_open(index, ways)
            if all(self._is_far(self._mentions[index], way) for way in ways):
                del readings[index]
        for index, mention in enumerate(self._mentions):
            if mention.chosen is None and index not in readings:
                self._settle_local(index)
        for mention in self._mentions:
            yield _place(mention, self._year)

    def _read(self) -> dict[int, list[_Reading]]:
        """Return the readings of each mention; a name is read once a page."""
        known: dict[tuple[str, str], list[_Reading]] = {}
        found: dict[int, list[_Reading]] = {}
        for index, mention in enumerate(self._mentions):
            name = self._view[mention.start : mention.end][:_LONGEST_CHAIN]
            name = mention.name = _GAP.sub("", name)
            key = (mention.label, name)
            if key not in known:
                known[key] = _readings(name) if mention.label == PLACE else _body_readings(name)
            found[index] = known[key]
            if mention.label == ORG and not any(
                way.official or way.levels > 1 or way.division.level != "county"
                for way in found[index]
            ):
                local = _LOCAL_BODY.match(name)
                mention.name = local[0] if local else ""
                if local:
                    found[index] = []
        return found

    # ------------------------------------------------------------ evidence

    def _weigh(self, code: str, weight: float) -> None:
        """Count a mention of a division for it and for those it lies in."""
        for stem in _stems(code):
            self._weights[stem] += weight

    def _evidence(self, code: str) -> float:
        """Return how much the page speaks of a division and of those it lies in."""
        support = 0.0
        for stem in _stems(code):
            weight = self._weights.get(stem, 0.0)
            if not weight and any(partner in self._weights for partner in _PAIRS.get(stem, ())):
                weight = _HINT
            support += weight / (weight + _HALF)
        return support

    def _neighbours(self, index: int) -> list[tuple[Division, float]]:
        """Return the settled mentions around one, and how much each tells about it."""
        mention = self._mentions[index]
        found: list[tuple[Division, float]] = []
        for other in range(index - 1, max(-1, index - 1 - _BACK), -1):
            before = self._mentions[other]
            if before.chosen is None or before.chosen.division.level == "country":
                continue
            near = _NEAR[len(found)]
            if _SENTENCE_END.search(self._view, before.end, mention.start):
                near *= _ACROSS
            found.append((before.chosen.division, near))
            if len(found) == len(_NEAR):
                break
        if index + 1 < len(self._mentions):
            behind = self._mentions[index + 1]
            between = self._view[mention.end : behind.start]
            if behind.chosen is not None and between in _LISTED:
                found.append((behind.chosen.division, _NEAR[0]))
        return found

    def _owner(self, index: int) -> Division | None:
        """Return the place directly before a mention that it is said to lie in (云南的河口)."""
        before = self._mentions[index - 1] if index else None
        if before is None or before.chosen is None:
            return None
        between = self._view[before.end : self._mentions[index].start]
        return before.chosen.division if _OWNS.fullmatch(between) else None

    # ------------------------------------------------------------ decisions

    def _settle(self, index: int, readings: list[_Reading], margin: float | None) -> bool:
        """Choose among the readings of a mention if one leads clearly.

        Args:
            index: Of the mention.
            readings: Its readings.
            margin: By how much it must lead; None to take only what needs no page to be certain.
        """
        mention = self._mentions[index]
        if "71" not in self._weights:
            readings = [way for way in readings if not _is_part_of_taiwan(way.division)]
        if margin is None:
            if len({reading.code for reading in readings}) != 1:
                return False
            best = readings[0]
            if best.levels == 1 and (self._elsewhere(readings) or self._is_far(mention, best)):
                return False
            if not (best.official or best.levels > 1) and not self._is_large(best, mention):
                return False
            self._choose(mention, best, 0.99)
            return True
        ranked = self._ranked(index, readings)
        if not ranked or ranked[0][1] is None:
            return False
        lead = ranked[0][0] - ranked[1][0]
        if lead < margin:
            return False
        self._choose(mention, ranked[0][1], 1 / (1 + exp(-1.5 * lead)))
        return True

    @staticmethod
    def _is_large(reading: _Reading, mention: _Mention) -> bool:
        """Return whether a short form names something as well known as a province or city."""
        return reading.division.level in ("country", "province", "city") and not (
            mention.label == PLACE and _NATURAL.search(mention.name)
        )

    def _ranked(self, index: int, readings: list[_Reading]) -> list[tuple[float, _Reading | None]]:
        """Return the readings and what speaks for each, the best first; None is none of them."""
        mention = self._mentions[index]
        ways = [*readings, *self._townships_besides(mention.name, readings)]
        if owner := self._owner(index):
            ways = [way for way in ways if _lies_in(way.code, owner)] or ways
        neighbours = self._neighbours(index)
        of_its_time = {way.former.name for way in ways if way.former and self._fits(way.former)}
        # A town and the county that it lies in are one answer.
        scores: dict[str, tuple[float, _Reading | None]] = {}
        for way in ways:
            level = way.former.level if way.former else way.division.level
            if mention.label == ORG and not self._may_begin_with(way):
                continue
            score = (
                _PRIOR[level]
                + _FULL_NAME * way.official
                + _NAMED_BEFORE * (self._named.get(mention.name) == way.code)
                + self._evidence(way.code)
                + max((_levels(way.code, its) * near for its, near in neighbours), default=0.0)
            )
            if way.former is None and way.code in self._named_in_full:
                score += _IN_FULL_BEFORE
            if way.former is not None and mention.label == ORG:
                score += _TIMELESS  # bodies are named after the larger
            elif way.former is not None:
                score += _OF_ITS_TIME if self._fits(way.former) else self._untimely()
            elif (
                mention.label == PLACE
                and mention.name in of_its_time
                and self._was_called_otherwise(way)
            ):
                score += _CALLED_OTHERWISE
            if way.code[:6] not in scores or score > scores[way.code[:6]][0]:
                scores[way.code[:6]] = (score, way)
        scores[""] = (self._unknown(mention, ways), None)
        return sorted(scores.values(), key=lambda scored: -scored[0])

    def _may_begin_with(self, way: _Reading) -> bool:
        """Return whether a body may have a place's name: not 东方电气, unless 东方 is named."""
        return (
            way.official
            or way.levels > 1
            or way.division.level != "county"
            or way.code in self._weights
        )

    def _fits(self, former: Former) -> bool:
        """Return whether a former division was there in the year of the page."""
        return self._year is not None and (former.since or 0) <= self._year < former.until

    def _untimely(self) -> float:
        return _TIMELESS if self._year is None else _OUT_OF_TIME

    def _was_called_otherwise(self, way: _Reading) -> bool:
        """Return whether a present division had another name in the year of the page."""
        if self._year is None or way.division.level == "township":
            return False
        then = gazetteer().as_of(way.code, self._year)
        return then is not None and then.name != way.division.name

    def _is_far(self, mention: _Mention, reading: _Reading) -> bool:
        """Return whether a well-known name is on a page that speaks of other provinces only."""
        known = mention.name in _LANDMARKS or mention.name in _REGIONS
        return known and bool(self._weights) and reading.code[:2] not in self._weights

    def _elsewhere(self, readings: list[_Reading]) -> float:
        """Return what speaks for a place of Taiwan, Hong Kong or Macau that has a common name."""
        on_their_page = any(stem in self._weights for stem in ("71", "81", "82"))
        supported = any(
            reading.division.level != "county" or reading.code[:2] in self._weights
            for reading in readings
        )
        return 3 * _BODY_NAME if on_their_page and not supported else 0.0

    def _unknown(self, mention: _Mention, readings: list[_Reading]) -> float:
        """Return what speaks for a name's being none of its readings."""
        if any(self._is_far(mention, reading) for reading in readings):
            return _FULL_NAME + _BODY_NAME
        if any(reading.official for reading in readings):
            return self._elsewhere(readings)
        if mention.label == ORG:
            large = any(reading.division.level in ("province", "city") for reading in readings)
            return 0.0 if large else _BODY_NAME
        if any(reading.division.level in ("province", "city") for reading in readings):
            return _CITY_NAME
        if _NATURAL.search(mention.name):
            return _FEATURE
        towns = self._towns(mention.name)
        spoken_of = any(town.code[:2] in self._weights for town in towns)
        return _COMMON_NAME if len(towns) > 1 and spoken_of else 0.0

    def _towns(self, name: str) -> tuple[Division, ...]:
        """Return the townships of a name, looked up once a page."""
        if name not in self._towns_by_name:
            self._towns_by_name[name] = gazetteer().townships_named(name)
        return self._towns_by_name[name]

    def _townships_besides(self, name: str, readings: list[_Reading]) -> list[_Reading]:
        """Return the townships that a name may mean, if no larger place that fits has the name."""
        if not name or name in _LARGE or any(way.levels > 1 for way in readings):
            return []
        if name not in self._named:
            if any(
                way.division.level == "province" or way.code[:4] in self._weights
                for way in readings
            ):
                return []
            if not readings and _NATURAL.search(name):
                return []
        return self._townships(name)

    def _townships(self, name: str) -> list[_Reading]:
        """Return the townships of a name in the smallest division around that the page speaks of.

        A township that shares its full name with no other needs no page to tell of it.
        """
        book = gazetteer()
        for length in range(len(name), 1, -1):
            if length < len(name) and name[length - 1] not in "镇乡道":
                continue
            named = self._towns(name[:length])
            official = [each for each in named if book.is_official(name[:length], each)]
            for size in (6, 4, 2):
                sought = named if size == 6 else official
                near = [each for each in sought if each.code[:size] in self._weights]
                if near and (size > 2 or (len(near) == 1 and len(official) <= _FEW)):
                    break
            else:
                near = official if len(official) == 1 else []
            if near:
                return [
                    _Reading(each, official=each in official, rest=name[length:]) for each in near
                ]
        return []

    def _choose(self, mention: _Mention, reading: _Reading, score: float) -> None:
        """Settle a mention, and count it for the others."""
        mention.chosen, mention.score = reading, score
        self._named[mention.name] = reading.code
        if reading.division.level == "township":
            self._named[_KIND.sub("", reading.division.name)] = reading.code
        if reading.division.level == "country":
            return
        if reading.levels > 1:
            self._weigh(reading.code, _CHAIN)
        else:
            self._weigh(reading.code, _OFFICIAL if reading.official else _SHORT)
        if (reading.official or reading.levels > 1) and reading.former is None:
            self._named_in_full.add(reading.code)

    def _weigh_shared_counties(self, open_ones: Iterable[int]) -> None:
        """Count a county that several open townships have in common as one the page speaks of.

        硖石、张茅、宫前 are in several counties each, and all three in one.
        """
        names = {
            self._mentions[index].name
            for index in open_ones
            if self._mentions[index].label == PLACE
        }
        support: dict[str, float] = defaultdict(float)
        for name in names:
            towns = self._towns(name)
            rarity = next((worth for most, worth in _RARITY if len(towns) <= most), 0.0)
            for county in {town.code[:6] for town in towns}:
                support[county] += rarity * (1.5 if county[:2] in self._weights else 1.0)
        chosen: dict[str, int] = defaultdict(int)
        for name in names:
            counties = {town.code[:6] for town in self._towns(name)}
            ranked = sorted(counties, key=lambda county: -support[county])
            if ranked and (len(ranked) == 1 or support[ranked[0]] > support[ranked[1]]):
                chosen[ranked[0]] += 1
        for county, townships in chosen.items():
            if townships > 1 and support[county] >= _SHARED:
                self._weigh(county, _HINT)

    def _leave_open(self, index: int, readings: list[_Reading]) -> None:
        """Leave a mention at the common ancestor of its best readings, or with candidates alone."""
        mention = self._mentions[index]
        ranked = self._ranked(index, readings)
        best = ranked[0][0]
        close = [way for score, way in ranked if way and score > best - _MARGINS[-1]]
        if not close or mention.label == ORG or ranked[0][1] is None:
            return
        if len(close) == 1 and self._evidence(close[0].code):
            self._choose(mention, close[0], 0.6)
            return
        mention.candidates = tuple(way.code[:6] for way in close)
        shared = min(_shared(close[0].code, way.code) for way in close)
        for length in (4, 2):
            ancestor = gazetteer().division(f"{close[0].code[:length]:0<6}")
            if shared >= length and ancestor is not None:
                mention.chosen = _Reading(ancestor, official=False)
                mention.score = 0.5
                mention.candidates = tuple(
                    code for code in mention.candidates if code != ancestor.code
                )
                return

    def _settle_local(self, index: int) -> None:
        """Put a village or site into the township, county or city that the page tells."""
        mention = self._mentions[index]
        name = mention.name
        in_a_city = not _LOCAL.fullmatch(name) and ("81" in self._weights or "82" in self._weights)
        if (
            not name
            or in_a_city
            or _NATURAL.search(name)
            or _PAIRING.fullmatch(name)
            or name in _LARGE
        ):
            return
        if home := self._home(index):
            towns = self._towns(name)
            abroad = home[0].division.level == "country"
            if home[1] < 0.9 and (mention.label == ORG or abroad):
                return
            if towns and all(town.code[:6] != home[0].code[:6] for town in towns):
                return  # a township of another county
            is_site = mention.label == PLACE and not _LOCAL.fullmatch(name)
            others = _chains(name) if is_site else ()
            if any(_shared(reading.code, home[0].code) < 6 for reading in others):
                return  # 通渭农特产品展销馆 on a page about 连城 may be in either
            mention.chosen, mention.score = home
            if match := _TOWNSHIP.match(name):
                mention.chosen = _of_county(home[0])
                mention.township = match[0]

    def _home(self, index: int) -> tuple[_Reading, float] | None:
        """Return where something local lies: in what was named last, or what the page is about."""
        mention = self._mentions[index]
        for other in range(index - 1, -1, -1):
            before = self._mentions[other]
            between = self._view[before.end : mention.start]
            if "\n" in between or len(between) > _FAR:
                break
            level = before.chosen.division.level if before.chosen else None
            if before.chosen and level in ("county", "township", "country"):
                score = 0.7 if _SENTENCE_END.search(between) else 0.9
                return replace(before.chosen, former=None, rest=""), score
        for length in (6, 4, 2):
            stems = [stem for stem in self._weights if len(stem) == length]
            spoken_of = stems and self._weights[stems[0]] > _SUBJECT
            if (
                len(stems) == 1
                and spoken_of
                and (division := gazetteer().division(f"{stems[0]:0<6}"))
            ):
                return _Reading(division), 0.8
            if stems:
                return None
        return None


def _year(view: str) -> int | None:
    """Return the year that a page was written in, as far as it says so: its latest full date."""
    today = date.today().year
    for pattern in (_DATE, _YEAR):
        years = [int(year) for year in pattern.findall(view) if int(year) <= today]
        if years:
            return max(years)
    return None


def _of_county(reading: _Reading) -> _Reading:
    """Return a reading without its township."""
    division = reading.division
    if division.level != "township" or division.parent is None:
        return reading
    return _Reading(_division(division.parent))


def _is_part_of_taiwan(division: Division) -> bool:
    """Return whether a division is a district there, whose name may be common (中山区)."""
    return division.code == _TAIWAN and division.level == "county"


def _levels(code: str, neighbour: Division) -> int:
    """Return how many of the divisions that a neighbour names, 0 to 3, another one lies in."""
    its = neighbour.code
    if code[:2] != its[:2]:
        return 0
    if neighbour.level == "province" or code[:4] != its[:4]:
        return 1
    return 2 if neighbour.level == "city" or code[:6] != its[:6] else 3


def _shared(code: str, other: str) -> int:
    """Return how many digits two codes have in common before they differ."""
    for length, (digit, its) in enumerate(zip(code, other, strict=False)):
        if digit != its:
            return length
    return min(len(code), len(other))


def _stems(code: str) -> list[str]:
    """Return what the codes of a division and of those that it lies in begin with.

    >>> _stems("620421"), _stems("620000"), _stems("429004")
    (['62', '6204', '620421'], ['62'], ['42', '429004'])
    """
    if code[2:4] == "00":
        return [code[:2]]
    if code[4:6] == "00":
        return [code[:2], code[:4]]
    if code[2:4] == "90":
        return [code[:2], code[:6]]
    return [code[:2], code[:4], code[:6]]


def _pairs() -> dict[str, set[str]]:
    """Return the provinces paired with each province, by the first two digits of their codes."""
    partners: dict[str, set[str]] = defaultdict(set)
    for pair in _WORDS["pairs"]["list"].split():
        helper, helped = pair.split("-")
        partners[helper].add(helped)
        partners[helped].add(helper)
    return dict(partners)


_PAIRS = _pairs()


def _place(mention: _Mention, year: int | None) -> Place | None:
    """Return what a mention was found to be."""
    if mention.chosen is None:
        if not mention.candidates:
            return None
        return Place(None, None, None, None, None, score=0.0, candidates=mention.candidates)
    reading = mention.chosen
    division = reading.division
    if division.level == "country":
        return Place(
            None, division.name, division.name, "country", division.code, score=mention.score
        )
    book = gazetteer()
    township = mention.township
    if division.level == "township":
        township = division.name
        division = book.chain(division)[-2]
    elif match := _TOWNSHIP.match(reading.rest):
        township = match[0]
    if division.code == division.parent:  # no code of its own: 雄安新区, 台北市
        township = division.name
        division = _division(division.code)
    chain = book.chain(division)
    names = {part.level: part.name for part in chain}
    then = reading.former or (book.as_of(division.code, year) if year else None)
    return Place(
        adcode=division.code,
        name=division.name,
        full_name="".join(part.name for part in chain),
        level=division.level,
        country="CN",
        province=names.get("province"),
        city=names.get("city"),
        county=names.get("county"),
        township=township if mention.label == PLACE else None,
        former=FormerDivision(then.code or None, "".join(then.chain)) if then else None,
        score=mention.score,
        candidates=mention.candidates,
    )
