"""Deal the cards that authored passages are written from: facts and constraints, never sentences.

Variety is designed here. A card names a region, a form, a year, a topic and a script, says how many
amounts, counts, places and bodies the passage holds and which ways of putting them and which traps
it must use. The writer makes up the rest; another reader decides what is marked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from povner.gazetteer import Division, Gazetteer

FORMS = (
    "news feature", "news brief", "government work report paragraph", "county yearbook entry",
    "work summary of an organ", "interview with direct speech", "speech at a meeting",
    "list or table in plain text", "photo captions", "notice with page header and footer",
    "company social responsibility report", "blog or diary of a cadre", "policy document",
    "question and answer with an official", "case study in a research paper",
)  # fmt: skip
CHARITY_FORMS = (
    "charity news", "legislative question and reply", "foundation newsletter",
    "newspaper feature", "press release",
)  # fmt: skip
TOPICS = (
    "farming industry", "herding", "relocation of households", "school building", "student aid",
    "village doctors and hospital aid", "medical insurance", "dilapidated houses",
    "drinking water",
    "roads and bridges", "e-commerce and livestreaming", "labour transfer", "vocational training",
    "paired assistance east-west", "posted cadres", "donations", "accident and farm insurance",
    "micro-credit", "collective economy and dividends", "flood or earthquake relief",
    "photovoltaic power", "forestry and rangers", "disability aid",
    "old-age care and five guarantees",
    "left-behind children", "ethnic minority handicraft", "tourism and guest houses",
    "consumption assistance", "public-interest jobs", "minimum living allowance", "audit of funds",
    "poverty statistics and exit of counties", "assistance workshops", "fisheries",
    "tea, fruit or herbs",
    "broadband and power grid", "army and police aid", "aid from abroad or to abroad",
    "retirement of debts", "monitoring against return to poverty",
)  # fmt: skip
MONEY_PHRASES = (
    "decimal with 亿", "decimal with 万", "余 or 多 inside the number", "plain digits with 元",
    "digits with thousands separators", "超/逾/突破 before", "近/不足/不到 before", "约 or 左右",
    "至少/不低于/以上", "不超过/至多/以内", "range with 至 or 到", "range with a dash",
    "a rise from one amount to another", "a list sharing one unit", "composite 亿…万",
    "万…千 mixed numeral", "Chinese numerals", "formal numerals 壹贰", "colloquial 块/毛",
    "amount without its unit", "few: 几千/数万/十几万", "neighbouring numerals 三五万",
    "上百万/百万元 alone", "per person and year", "per household", "per mu", "per kg or jin",
    "per item or per head of cattle", "per day or month wage", "yearly amount with 每年/年均",
    "currency word before", "foreign currency", "full-width digits", "人民币 behind",
    "a range whose unit is stated twice", "a rate carried over 从…增至",
)  # fmt: skip
HEADCOUNT_PHRASES = (
    "households glued to people", "人次 or 户次", "couples 对", "number and joined noun",
    "number with 个", "余/多 inside the number", "decimal with 万", "Chinese numerals",
    "近/不足/不到 before", "超/逾/突破 before", "约 or 左右", "以上/至少", "range",
    "a fall from one count to another", "number parted from its noun", "few: 数十/几百/十几",
    "neighbouring numerals 两三", "上千/上百", "per household (每户1人)", "per year",
    "members of a team or staff", "students or patients", "口 of a family", "俩/仨",
    "a list sharing one unit", "full-width digits", "digits with thousands separators",
    "long noun joined without 的", "户 as houses or businesses", "位/名/员",
)  # fmt: skip
BODIES = (
    "organ with level but no place", "county bureau with its place", "provincial department",
    "central ministry or 中央", "township government or party committee",
    "village party branch or committee",
    "people's congress or consultative conference",
    "women's or disabled persons' federation or youth league",
    "state-owned group company", "bank branch", "insurer", "private company", "named cooperative",
    "named family farm or farm company", "primary or middle school",
    "vocational college or university",
    "hospital or health centre", "charity foundation", "association or chamber",
    "newspaper or broadcaster",
    "internet platform", "army unit or police", "court or procuratorate", "research institute",
    "body abroad or of the United Nations", "bare bureau name that follows its full name",
    "two bodies written together (区委区政府)", "body with brackets in its name",
    "title of a person that contains a body", "fund with a proper name",
)  # fmt: skip
TRAPS = (
    "villages or townships counted", "companies or cooperatives counted", "ages", "percentages",
    "areas in mu or km", "yields in kg or tonnes", "animals counted", "distances or durations",
    "ranks and batches (前10名, 第3批)", "idiom with a number or metal (真金白银, 一分耕耘)",
    "一名/一个人 as an article", "人均/户均 without a number", "dates and phone numbers",
    "policy slogans with numbers (两不愁三保障, 五个一批)", "document or licence numbers",
    "万元户/百元店", "place inside a programme, campaign or event name",
    "place inside a brand or dish", "place character in a person's name", "我国/该县/全区/本村",
    "西部/东西部/三区三州", "合作/和平/东方 as a word",
    "generic bodies (有关部门, 合作社, 工作队)",
    "bodies counted (300余家企业)", "projects or houses or kilometres counted",
    "temperature, voltage or kilowatts", "unit without a number (单位：万元)", "三代人/第一书记",
    "shares or times (两倍, 三成)", "scores or ranks of a school", "a pairing (闽宁, 京蒙协作)",
    "URL, e-mail or account number", "government or people in general",
    "times counted (5次, 两期)",
)  # fmt: skip
NOISE = (
    "pinyin in brackets behind some characters", "stray spaces inside numbers and names",
    "hard line breaks, also inside an entity", "page chrome (menu, share buttons, counters)",
    "full-width digits and letters", "dropped or doubled punctuation",
)  # fmt: skip
NOISY_SHARE = 0.12
SCRIPTS = {"simplified": 64, "traditional, converted mainland page": 19,
           "traditional, Taiwan usage": 9, "traditional, Hong Kong usage": 8}  # fmt: skip
FIGURES = {0: 6, 1: 10, 2: 18, 3: 20, 4: 17, 5: 11, 6: 7, 7: 4, 8: 3, 10: 2, 12: 2}
CHARACTERS_PER_ENTITY = (25, 37)


def deal(divisions: Gazetteer, writers: int, cards: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the cards of all writers, each with a county of its own.

    Args:
        divisions: Where the regions come from.
        writers: How many writers there are.
        cards: How many cards each gets.
        seed: The same seed and gazetteer give the same cards.
    """
    draw = random.Random(seed)
    counties = _spread(divisions, draw)
    decks = {
        name: _deck(items, draw)
        for name, items in {
            "form": FORMS, "charity": CHARITY_FORMS, "topic": TOPICS, "money": MONEY_PHRASES,
            "headcount": HEADCOUNT_PHRASES, "body": BODIES, "trap": TRAPS, "noise": NOISE,
            "script": [script for script, share in SCRIPTS.items() for _ in range(share)],
        }.items()
    }  # fmt: skip
    for writer in range(1, writers + 1):
        for number in range(1, cards + 1):
            script = next(decks["script"])
            abroad = script.endswith("usage")
            figures = draw.choices(list(FIGURES), list(FIGURES.values()))[0]
            money = sum(draw.random() < 0.51 for _ in range(figures))
            places, bodies = draw.choice((2, 2, 3, 3, 4, 5)), draw.choice((1, 1, 2, 2, 3, 4))
            entities = figures + places + bodies
            yield {
                "id": f"w{writer:02}-{number:02}",
                "script": script,
                "form": next(decks["charity" if abroad else "form"]),
                "topic": next(decks["topic"]),
                "year": draw.randint(1986, 2025)
                if draw.random() < 0.4
                else draw.randint(2012, 2025),
                "region": _region(divisions, next(counties), draw),
                "partner": _partner(divisions, draw) if draw.random() < 0.3 else None,
                "characters": entities * draw.randint(*CHARACTERS_PER_ENTITY),
                "amounts": money,
                "counts": figures - money,
                "places": places,
                "organisations": bodies,
                "amount phrases": [next(decks["money"]) for _ in range(min(money, 3))],
                "count phrases": [next(decks["headcount"]) for _ in range(min(figures - money, 3))],
                "bodies": [next(decks["body"]) for _ in range(bodies)],
                "traps": [next(decks["trap"]) for _ in range(draw.choice((1, 1, 2)))],
                "noise": next(decks["noise"]) if draw.random() < NOISY_SHARE else None,
            }


def _deck(items: Sequence[str], draw: random.Random) -> Iterator[str]:
    """Yield the items shuffled, again and again, so that each comes up about as often."""
    while True:
        yield from draw.sample(items, len(items))


def _spread(divisions: Gazetteer, draw: random.Random) -> Iterator[Division]:
    """Yield the counties that have townships in random order, each once before any comes again."""
    counties = [
        county for county in divisions.divisions("county") if divisions.children(county.code)
    ]
    draw.shuffle(counties)
    yield from cycle(counties)


def _region(divisions: Gazetteer, county: Division, draw: random.Random) -> dict[str, Any]:
    """Name a county with its chain and a few of its townships."""
    townships = [township.name for township in divisions.children(county.code)]
    return {
        "county": divisions.full_name(county),
        "townships": draw.sample(townships, min(3, len(townships))),
    }


def _partner(divisions: Gazetteer, draw: random.Random) -> str:
    """Name a district of the coast that helps, or buys, or gives."""
    coast = ("11", "12", "31", "32", "33", "35", "37", "44")
    helpers = [county for county in divisions.divisions("county") if county.code[:2] in coast]
    return divisions.full_name(draw.choice(helpers))
