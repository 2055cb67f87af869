"""Places of one page → divisions: what a name is, and what the page says which one is meant."""

import doctest
import json
import re
import time
from pathlib import Path

import pytest

from povner import Document, Entity, Place, link_places

PAGES = [
    # page with ⟦marked⟧ places, then what each is: code, or the country, or nothing
    ("⟦河西區⟧的消費扶貧產品，經天津市市場檢驗", "120103"),
    ("⟦河北省張家口市宣化區⟧與⟦宣化⟧", "130705 130705"),
    ("⟦河北省\n張家口市宣化區⟧", "130705"),
    ("⟦白银区⟧的⟦强湾⟧、⟦武川⟧两个乡和⟦武川乡新安村⟧", "620402 620402 620402 620402"),
    ("⟦内蒙古武川县⟧的莜麦", "150125"),
    ("⟦福州市鼓楼区⟧帮扶⟦定西市岷县⟧，⟦鼓楼区⟧又派干部到⟦岷县⟧", "350102 621126 350102 621126"),
    ("⟦南京市⟧⟦鼓楼区⟧", "320100 320106"),
    ("⟦鼓楼区⟧派出医疗队", "?"),
    ("⟦北京市⟧和⟦朝阳区⟧", "110000 110105"),
    ("⟦长春市⟧的⟦朝阳区⟧", "220100 220104"),
    ("⟦吉林省⟧⟦吉林市⟧的木耳", "220000 220200"),
    ("⟦甘肃⟧的⟦合作市⟧", "620000 623001"),
    ("⟦赤城县⟧的⟦大方⟧客商", "130732 520521"),
    ("⟦贵州⟧⟦大方县⟧", "520000 520521"),
    ("⟦凉山州昭觉县⟧的⟦悬崖村⟧", "513431 513431"),
    ("⟦恩施⟧、⟦锡盟⟧、⟦湘西州⟧、⟦黔东南⟧", "422800 152500 433100 522600"),
    ("援⟦疆⟧干部、援⟦藏⟧干部", "650000 540000"),
    ("赴⟦甘⟧挂职", "620000"),
    ("⟦京津冀⟧与⟦长三角⟧", "- -"),
    ("⟦陕北⟧的苹果", "610000"),
    ("⟦大凉山⟧深处", "513400"),
    ("⟦黄河⟧岸边", "-"),
    ("⟦济源⟧、⟦仙桃⟧、⟦神农架⟧", "419001 429004 429021"),
    ("⟦东莞市长安镇⟧和⟦嘉峪关⟧", "441900 620200"),
    ("⟦重庆市巫溪县⟧", "500238"),
    ("⟦老挝⟧的⟦万象⟧、⟦尼泊尔⟧", "LA LA NP"),
    ("⟦香港⟧、⟦澳門⟧、⟦台灣⟧", "810000 820000 710000"),
    ("⟦昭通机场⟧", "530600"),
    ("⟦酉阳县车田乡⟧与⟦重庆⟧", "500242 500000"),
    ("⟦湖南⟧⟦花垣县⟧。⟦常州村⟧在山里", "430000 433124 433124"),
    ("⟦兴隆村⟧在哪里", "-"),
    ("⟦西部⟧", "-"),
]  # fmt: skip


def linked(page: str, label: str = "PLACE") -> Document:
    """Link a page whose mentions stand in ⟦⟧."""
    text, entities = "", []
    for piece in page.split("⟦"):
        name, bracket, rest = piece.partition("⟧")
        if bracket:
            entities.append(Entity(label, name, len(text), len(text) + len(name), 1.0))
        text += name + rest
    return link_places(Document(text, tuple(entities)))


def only(document: Document) -> Place:
    """Return the place of a document's only or first entity."""
    value = document.entities[0].value
    assert isinstance(value, Place)
    return value


def short(place: object) -> str:
    """Say what a place is as the table does."""
    if not isinstance(place, Place):
        return "-"
    if place.country is None:
        return "?"
    return place.adcode or place.country


@pytest.mark.parametrize(("page", "wanted"), PAGES, ids=[page for page, _ in PAGES])
def test_places_are_linked_by_their_page(page: str, wanted: str) -> None:
    document = linked(page)
    assert " ".join(short(entity.value) for entity in document.entities) == wanted


def test_a_place_has_its_whole_chain() -> None:
    place = only(linked("⟦興和縣五股泉鄉白腦包村⟧"))
    assert place == Place(
        adcode="150924",
        name="兴和县",
        full_name="内蒙古自治区乌兰察布市兴和县",
        level="county",
        country="CN",
        province="内蒙古自治区",
        city="乌兰察布市",
        county="兴和县",
        township="五股泉乡",
        score=place.score,
    )
    assert 0.9 < place.score <= 1
    assert str(place) == "内蒙古自治区乌兰察布市兴和县五股泉乡"


def test_municipalities_and_direct_counties_have_no_city() -> None:
    assert only(linked("⟦天津市河西区⟧")).city is None
    assert only(linked("⟦济源市⟧")).city is None


@pytest.mark.parametrize(
    ("page", "code", "former"),
    [
        ("⟦宣化县⟧撤销前", "130705", "河北省张家口市宣化县"),
        ("⟦蓟县⟧的山区", "120119", "天津市蓟县"),
        ("2003年，⟦襄樊市⟧投入扶贫资金", "420600", "湖北省襄樊市"),
        ("1998年3月5日，⟦吉安市⟧街上", "360802", "江西省吉安地区吉安市"),
        ("⟦达县⟧", "511703", "四川省达州市达县"),
    ],
)
def test_a_name_of_former_times_says_so(page: str, code: str, former: str) -> None:
    place = only(linked(page))
    assert place.adcode == code
    assert place.former is not None
    assert place.former.full_name == former


def test_todays_name_has_no_former() -> None:
    assert only(linked("2020年，⟦蓟州区⟧")).former is None


def test_what_the_page_leaves_open_stays_open() -> None:
    place = only(linked("⟦鼓楼区⟧派出医疗队"))
    assert place.adcode is None
    assert {"320106", "350102", "410204", "320302"} <= set(place.candidates)
    assert str(place) == "?"


def test_the_common_ancestor_is_named_where_no_more_is_certain() -> None:
    document = linked("⟦四川省⟧的⟦市中区⟧")
    place = document.entities[1].value
    assert isinstance(place, Place)
    assert place.adcode == "510000"
    assert {"511002", "511102"} <= set(place.candidates)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("甘肃日报", "620000"),
        ("延慶區發改委", "110119"),
        ("通渭县委", "621121"),
        ("北京大学", "110000"),
        ("新华社", None),
        ("东方电气集团", None),
        ("平安保险", None),
        ("农村信用社", None),
        ("中国农业银行", None),
        ("县委组织部", None),
    ],
)
def test_a_body_has_the_place_its_name_begins_with(body: str, code: str | None) -> None:
    (entity,) = linked(f"据⟦{body}⟧介绍", "ORG").entities
    assert entity.value is None
    assert short(entity.place) == (code or "-")


def test_a_masthead_tells_where_the_page_is_from() -> None:
    text = "天津日報訊 和平区的干部"
    document = link_places(
        Document(text, (Entity("ORG", "天津日報", 0, 4, 1.0), Entity("PLACE", "和平区", 6, 9, 1.0)))
    )
    assert short(document.entities[1].value) == "120101"


def test_a_licence_line_tells_where_the_page_is_from() -> None:
    assert only(linked("⟦和平区⟧的干部\n津公网安备 12010102000001号")).adcode == "120101"


def test_amounts_are_left_alone_and_links_replaced() -> None:
    document = linked("⟦河西区⟧")
    money = Entity("MONEY", "河", 0, 1, 1.0)
    again = link_places(Document(document.text, (money,)))
    assert again.entities == (money,)
    assert link_places(document) == document


def test_records_keep_their_places() -> None:
    document = linked("⟦宣化县⟧、⟦鼓楼区⟧与⟦老挝⟧、⟦黄河⟧")
    record = json.loads(json.dumps(document.to_dict()))
    assert Document.from_dict(record) == Document(
        document.text,
        tuple(Entity.from_dict(entity.to_dict()) for entity in document.entities),
    )
    body = linked("据⟦甘肃日报⟧介绍", "ORG")
    assert short(Document.from_dict(body.to_dict()).entities[0].place) == "620000"


def test_a_page_without_places_reads_no_table() -> None:
    assert link_places(Document("没有地名")) == Document("没有地名")


def test_the_page_about_places_says_what_the_code_does() -> None:
    page = (Path(__file__).parents[2] / "docs/places.md").read_text("utf-8")
    blocks = "\n".join(re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "places.md", None, 0)
    assert len(test.examples) >= 5
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
    for field in Place.__dataclass_fields__:
        assert f"`{field}`" in page, field


@pytest.mark.parametrize("name", ["某某村", "鼓楼区", "朝阳镇"])
def test_the_cost_is_linear_in_the_number_of_places(name: str) -> None:
    """A page of four times as many places may take at most eight times as long."""

    def seconds(count: int) -> float:
        page = linked(f"⟦{name}⟧很好的地方，" * count)
        begin = time.process_time()
        link_places(page)
        return time.process_time() - begin

    seconds(10)
    assert min(seconds(4000) for _ in range(2)) < 8 * max(seconds(1000) for _ in range(2)) + 0.05


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("⟦甘肃省定西市岷县⟧的⟦张庄村⟧和⟦大湾村⟧", "621126 621126 621126"),
        ("⟦十八洞村⟧", "433124"),
        ("⟦岷县⟧的货卖到⟦长三角⟧", "621126 -"),
        ("⟦保定市雄安新区⟧和⟦雄安新区⟧", "130600 130600"),
        ("⟦臺北市大安區⟧", "710000"),
    ],
)
def test_well_known_names_and_areas_without_a_code(page: str, wanted: str) -> None:
    assert " ".join(short(entity.value) for entity in linked(page).entities) == wanted


def test_an_area_without_a_code_is_told_as_the_township() -> None:
    place = only(linked("⟦雄安新区⟧"))
    assert (place.full_name, place.level, place.township) == ("河北省保定市", "city", "雄安新区")


def test_a_village_has_the_township_that_its_own_name_gives() -> None:
    *_, village = linked("⟦岷县清水镇⟧、⟦旧城乡红星村⟧").entities
    assert isinstance(village.value, Place)
    assert (village.value.adcode, village.value.township) == ("621126", "旧城乡")


@pytest.mark.parametrize(
    ("text", "former"),
    [
        ("王某，1968年5月出生，2021年6月任⟦延庆区⟧区委书记", None),
        ("到2035年，⟦延庆区⟧", None),
        ("2003年4月，⟦延庆⟧", "北京市延庆县"),
    ],
)
def test_the_year_of_a_page_is_that_of_its_latest_date(text: str, former: str | None) -> None:
    place = only(linked(text))
    assert (place.former.full_name if place.former else None) == former


def test_an_open_place_has_no_score() -> None:
    assert only(linked("⟦鼓楼区⟧派出医疗队")).score == 0
