"""What the words around a figure say of it: its qualifier (近, 以上) and its rates (每亩, 人均).

Where to find what:

- a new qualifier: `hedges_before`, `hedges_behind` in `data/quantities.toml`
- a new rate before a figure: a line in `RATES`; directly behind one (元/亩): `RATES_BEHIND`
- a new noun that makes 年 a rate (年收入): `rates` in `data/quantities.toml`

All of it works on the view of a text (`povner.text`): half-width, simplified, without noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from povner.entities import HEADCOUNT, MONEY, Qualifier
from povner.lexicon import CURRENCIES, TABLES, any_of, either, either_named, words
from povner.numerals import DIGIT, NUMERAL, NUMERIC, UNITS, Numeral, read_numeral

_NUMBER = re.compile(NUMERAL)

# ---------------------------------------------------------------- qualifiers

Hedge = tuple[Qualifier, bool]
"""A qualifier, and whether the stated number itself is meant."""

PRIORITY: tuple[Qualifier, ...] = ("range", "vague", "under", "over", "about", "exact")
"""Where two apply, the first of these holds."""

_HEDGES: dict[str, Hedge] = {
    "about": ("about", True),
    "over": ("over", False),
    "over_or_equal": ("over", True),
    "under": ("under", False),
    "under_or_equal": ("under", True),
}
_NEGATED: dict[Qualifier, Qualifier] = {"over": "under", "under": "over"}


def _hedges_by_word(table: str) -> dict[str, Hedge]:
    """Return the hedge of every word in a table."""
    return {word: _HEDGES[kind] for kind in TABLES[table] for word in words(table, kind)}


_BEFORE, _BEHIND = _hedges_by_word("hedges_before"), _hedges_by_word("hedges_behind")
_BEFORE |= {
    highest + grant: _BEFORE[highest]
    for highest in ("最高", "最低")
    for grant in words("reaching", "grants")
}
_NOT_AFTER = {word: f"[{before}]" for word, before in TABLES["no_hedge_behind"].items()}
_NOT_AFTER["超"] += r"|中(?=$|[,。;:、\n“(在战])"  # the football leagues, but not 其中超300人
_NOT_BEFORE = {word: any_of(behind.split()) for word, behind in TABLES["no_hedge_before"].items()}
_EDGES = (
    "起",
    "内",
    "多",
    "不止",
    "还多",
)  # qualifiers only at the edge of a clause: 500元起, but not 500元起诉


def _backwards(hedges: Iterable[str]) -> str:
    """Return a pattern for the words as they are met when a text is read from its end."""
    guards = {word: f"(?!{before})" for word, before in _NOT_AFTER.items()}
    ordered = sorted(hedges, key=len, reverse=True)
    return "|".join(word[::-1] + guards.get(word, "") for word in ordered)


def _forwards(hedges: Iterable[str]) -> str:
    """Return a pattern for the words behind a span."""
    guards = {word: f"(?!{behind})" for word, behind in _NOT_BEFORE.items()}
    ordered = sorted(hedges, key=len, reverse=True)
    return "|".join(word + guards.get(word, "") for word in ordered)


HEDGE_WORD_BEHIND = _forwards(_BEHIND)

# Read backwards from the span: 近 touches it; between 超过 and it may stand 了, 每月 …; between
# 至少 and it a verb.
_LINK = rf"(?:[了达到为是有要在于“(]|[{NUMERIC}]?[年月日天人户亩桶吨斤只头股]个?每){{0,3}}?"
_NEGATION = "[得能会应可准许再有]?[不未没]"
_VERB = rf"[^\W\d{DIGIT}的时次]{{0,5}}?"
_HEDGE_BEFORE = re.compile(
    either(
        f"(?P<tight>{_backwards(['近'])})",
        f"{_LINK}(?P<loose>{_backwards(_BEFORE.keys() - {'近'})})(?P<not>{_NEGATION})?",
        f"{_VERB}(?P<far>{_backwards(words('reaching', 'words'))})",
    )
)
_HEDGE_BEHIND = re.compile(
    either(
        rf"(?:\(不?含[^)]{{0,8}}\)|[及或])?(?P<word>{_forwards(_BEHIND.keys() - set(_EDGES))})",
        rf"(?P<edge>{any_of(_EDGES)})(?=[,。;、)\n的]|$|钱)",
    )
)
_REACHING = re.compile(r"(?<![史会网础晚早线路])上$|(?<![通经])过$|(?<!打)破$")  # 上百家, 破亿元
_HEDGE_REACH = 16
_LIST_REACH = 40


def hedge_before(view: str, start: int) -> Hedge | None:
    """Return what the words before a span say: 近, 不少于, 超过了, 最高可获补贴."""
    found = _HEDGE_BEFORE.match(view[max(0, start - _HEDGE_REACH) : start][::-1])
    if found:
        word = (found["tight"] or found["loose"] or found["far"])[::-1]
        qualifier, inclusive = _BEFORE.get(word) or _BEFORE[word[:2]]
        if found["not"] and qualifier in _NEGATED:
            return _NEGATED[qualifier], True
        return qualifier, inclusive
    if view[start] in UNITS and _REACHING.search(view, max(0, start - 2), start):
        return "over", view[start - 1] == "上"
    return _hedge_of_list(view, start)


def _hedge_of_list(view: str, start: int) -> Hedge | None:
    """Return the hedge that 分别 gives to all numbers of a list: 分别超过3万元和5万元."""
    if not start or view[start - 1] not in "和与、,":
        return None
    first = view.rfind("分别", max(0, start - _LIST_REACH), start)
    number = _NUMBER.search(view, first, start) if first >= 0 else None
    return hedge_before(view, number.start()) if number else None


def hedge_behind(view: str, end: int) -> Hedge | None:
    """Return what the words behind a span say: 以上, 左右, (含)以下."""
    found = _HEDGE_BEHIND.match(view, end)
    return _BEHIND[found["word"] or found["edge"]] if found else None


def hedged(
    numeral: Numeral, before: Hedge | None, behind: Hedge | None
) -> tuple[Qualifier, Decimal | None, Decimal | None, bool]:
    """Return qualifier, bounds and `inclusive` of a numeral between two hedges."""
    if not before and not behind and numeral.qualifier == "exact":
        return "exact", numeral.lower, numeral.upper, True
    own: Hedge = (numeral.qualifier, numeral.inclusive)
    hedges = [hedge for hedge in (own, before, behind) if hedge]
    if numeral.qualifier == "vague" and behind and behind[0] in _NEGATED:
        hedges = [behind]  # 几千元以上
    qualifier = min((kind for kind, _ in hedges), key=PRIORITY.index)
    inclusive = all(closed for kind, closed in hedges if kind == qualifier)
    lower = None if qualifier == "under" else numeral.lower
    upper = None if qualifier == "over" else numeral.upper
    return qualifier, lower, upper, inclusive


# ---------------------------------------------------------------- rates before a figure

# What stands before 年, 月, 日 in a date or another word, and before 一 in an ordinal (第一年).
_NO_DATE = rf"(?<![\d{DIGIT}十去今明当上前后同往历多几近连全新青幼老壮童成中晚过数])"
_NO_MONTH = rf"(?<![\d{DIGIT}十个上下次本当这该腊正元])"
_NO_DAY = rf"(?<![\d{DIGIT}十昨今明生节假近即当])"
_ONE = rf"(?<![\d{DIGIT}十百第近过这那前后头同有某隔])[一1]"
_ONE_NOT_LAST = f"(?<!上){_ONE}"
_NO_AGE = "(?![轻龄纪代底初末终关级满货幼老迈间内前后来中度])"

_YEARLY_NOUN = rf"[^\W\d]{{0,4}}?(?:{any_of(words('rates', 'yearly'))})"
_MONTHLY = any_of(words("rates", "monthly"))
_FARMERS = "[农牧渔贫困特低保脱搬迁难收入建档立卡散]{0,8}"
_FOLK = any_of(words("rates", "folk"))
_SUM = rf"(?=[入省][下了约近超达过可]{{0,2}}(?:$|[{NUMERIC}]))"  # 月入3000元
_SEVERAL = (
    rf"每(?:\d[\d.]*|[{DIGIT}十百千万几半]++)个?+(?![人名位户口])[^\W\d]"  # 每10股, 每百斤, 每两年
)
_DOING = r"[^\W\d,]{1,4}"  # 每安排一名, 每脱贫一户
_ON_AVERAGE = r"(?=平均|[^\W\d,]{0,3}平均[分获得])"  # 职工平均年收入, 30户可以平均分得
_GOODS = "吨|升|平方米|平米|立方米|方|棵|株|只|张|盒|袋|箱|瓶|碗|周|个?小时"
_NO_SALE = "(?!子|[^,。;]{0,6}[卖买花]了)"  # 一只卖了300元 is one sale

RATES: dict[str, tuple[str, ...]] = {
    "year": (
        "每[一1]?(?:学|个?纳税)?年",
        "年均",
        f"{_NO_DATE}年薪",
        f"{_NO_DATE}年(?=人均|户均|亩均)",
        f"{_NO_DATE}年{_SUM}",
        f"{_NO_DATE}年{_NO_AGE}(?={_YEARLY_NOUN})",
        f"{_ONE_NOT_LAST}年(?![来多内前后半级度期时])",
    ),
    "month": (
        "每[一1]?个?月",
        "月均",
        f"{_NO_MONTH}月(?={_MONTHLY})",
        f"{_NO_MONTH}月{_SUM}",
        f"{_ONE_NOT_LAST}个月(?![来多内前后])",
    ),
    "day": (
        "每[一1]?[天日]",
        "日均",
        f"{_NO_DAY}日(?=薪|工资|收入|收益|利润|接待|产)",
        f"{_NO_DAY}日{_SUM}",
        f"{_ONE_NOT_LAST}天(?![来多内前后晚早])",
    ),
    "household": (
        f"每[一1]?{_FARMERS}户",
        "每家(?!企业|公司|合作)",
        "户均",
        "单户",
        r"每个[^\W\d的村县]{0,7}?(?:户|家庭)",
        f"每{_DOING}[一1]户",
        rf"{_ONE}户(?:[^\W\d]{{1,4}}户)?(?=[一1每补]|$)",
        f"(?:户|家庭){_ON_AVERAGE}",
    ),
    "person": (
        "每[一1]?[人名位口生员](?!次)",
        "每个人",
        "[人生]均",
        "人(?=[年月]均)",
        f"每{_DOING}[一1][人名位]",
        f"{_ONE}人(?=[一1每补]|$)",
        f"每[一1]?个?(?:贫困)?(?:{_FOLK})",
        f"(?:人|名|{_FOLK}){_ON_AVERAGE}",
    ),
    "mu": ("每[一1]?亩", "亩均", f"{_ONE}亩"),
    "kg": ("每[一1]?(?:公斤|千克)", f"{_ONE}(?:公斤|千克)"),
    "jin": ("每[一1]?市?斤", f"{_ONE}市?斤"),
    "item": (
        _SEVERAL,
        rf"每(?![到当逢每隔{DIGIT}十百千])(?=[^\W\d])",
        "[村校班社店]均",
        f"村{_ON_AVERAGE}",
        f"{_ONE}(?:{_GOODS}){_NO_SALE}",
    ),
}
"""What a figure is per, and what says so before it; the first that matches holds."""

_RATE_BEGINS = "[每单年月日一1人生户亩村校班社店名学孩儿老农居职员劳残群党家工教医护干战牧青患病移]"
_RATE = re.compile(
    f"(?={_RATE_BEGINS})"
    + either_named({name: "|".join(patterns) for name, patterns in RATES.items()})
)
# A fast look for what every rate contains: 每, 均, 单, 年 outside a date, or 一 before a measure.
_RATE_HINT = re.compile(
    "[每均单年月日一1]"
    + either(
        "(?<=[每均单])",
        r"(?<=[年月日])(?<![\d今去明当].)(?![\d,。来度底初末前后中])",
        "(?<=[一1])(?=[年个天亩斤公千市吨升平立方棵株只张盒袋箱瓶碗户人名位小周])",
    )
)
_RATE_REACH = 64
_BEFORE_HINT = 8  # how far before its hint a rate may begin: 劳动力平均
_SOLE_RATE_CLAUSE = 8  # a clause no longer than this may only set the scene: 一天下来
_SENTENCE_END = "。!?\n"
_CLAUSE_END = ",;:—"

_CURRENCY = any_of((*words("yuan", "names"), *CURRENCIES))
_MONEY_AMOUNT = f"{NUMERAL}(?:{_CURRENCY})(?:人民币)?"
_COUNT = f"{NUMERAL}[人名位户]"
_AMOUNTS = {
    MONEY: re.compile(_MONEY_AMOUNT),
    HEADCOUNT: re.compile(f"(?<![每{NUMERIC}])(?:{_MONEY_AMOUNT}|{_COUNT})"),
}
# What may stand between two amounts where the second continues the first: 从…增至…, 提高到现在的….
_CONTINUING = "".join(words("rates", "continuing"))
_THIS_FIGURE = "这[一个]?(?:数字|数据|金额|标准)"
_CONTINUES = re.compile(
    either(
        rf"[{_CONTINUING}\d%.\"“({DIGIT}十]",
        _THIS_FIGURE,
        f";(?=[^;。]{{0,12}}{_THIS_FIGURE})",
    )
    + r"*|[^\W\d]{0,4}[和与及、]"
)
# A clause that splits the amount before it: 每股370元,政府支持300元,个人掏70元.
_PAYER = "政府|财政|国家|个人|自己|自筹|农户|村民|企业"
_SHARE = re.compile(
    r"[^,。;]{0,4},(?:其中,?|扣除|除了?)?" + either(_PAYER) + r"[^,。;\d共总]{0,10}"
)


def rates_before(view: str, start: int, label: str, *, carried: bool) -> tuple[str, ...]:
    """Return what an amount is per by the words before it, within its sentence.

    Rates in the amount's own clause are its own. Without one, and if `carried`, it takes the rates
    of the amount before it where it continues that (人均年收入从3000元增至8000元).
    """
    reach = max(0, start - _RATE_REACH)
    hint = _RATE_HINT.search(view, reach, start)
    if not hint:
        return ()
    reach = _after_last(_SENTENCE_END, view, reach, start)
    rates = list(_RATE.finditer(view, max(reach, hint.start() - _BEFORE_HINT), start))
    if not rates:
        return ()
    amounts = [found.span() for found in _AMOUNTS[label].finditer(view, reach, start)]
    stop = start
    for begin, end in (*reversed(amounts), (reach, reach)):
        own = [rate for rate in rates if end <= rate.start() and rate.end() <= stop]
        if own:
            return _rates_of_clause(view, end, stop, own)
        if not carried or not _continues(view, begin, end, stop, label):
            return ()
        stop = begin
    return ()


def _continues(view: str, begin: int, end: int, stop: int, label: str) -> bool:
    """Return whether what stands at `stop` goes on with the amount ``[begin, end)`` before it."""
    if label == HEADCOUNT and view[end - 1] not in "人名位户":
        return False
    if _CONTINUES.fullmatch(view, end, stop):
        return True
    part, whole = _NUMBER.match(view, stop), _NUMBER.match(view, begin)
    if not part or not whole or not _SHARE.fullmatch(view, end, stop):
        return False
    part_size, whole_size = read_numeral(part[0]), read_numeral(whole[0])
    return bool(part_size and whole_size and part_size.upper < whole_size.lower)


def _rates_of_clause(
    view: str, begin: int, stop: int, rates: list[re.Match[str]]
) -> tuple[str, ...]:
    """Return the names of the rates in the last clause of ``[begin, stop)``, in text order.

    The clause before counts too where the last one only goes on (人均纯收入,1987年为463元) or where
    it sets the scene (一天下来,能挣300元; 每人入学时,补助500元).
    """
    clause = _after_last(_CLAUSE_END, view, begin, stop)
    own = [rate for rate in rates if rate.start() >= clause and not _ends_in_list(view, rate, stop)]
    if not own and clause > begin:
        previous = _after_last(_CLAUSE_END, view, begin, clause - 1)
        own = [rate for rate in rates if rate.start() >= previous]
        short = clause - previous <= _SOLE_RATE_CLAUSE
        if not _CONTINUES.fullmatch(view, clause, stop) and view[clause - 2] != "时":
            own = [rate for rate in own if _sets_scene(rate[0], short)]
    return tuple(str(rate.lastgroup) for rate in own)


def _ends_in_list(view: str, rate: re.Match[str], stop: int) -> bool:
    """Return whether 一年, 一斤 … belong to an earlier part of a list: 1个月综援、拨款1亿元."""
    return rate[0][0] in "一1" and view.find("、", rate.end(), stop) >= 0


def _sets_scene(rate: str, short: bool) -> bool:
    """Return whether a rate reaches into the next clause: 一天下来,… and 每安排一名…,…."""
    return (short and rate[0] in "一1") or (rate[0] == "每" and len(rate) > 3 and rate[-2] in "一1")


def _after_last(marks: str, view: str, begin: int, stop: int) -> int:
    """Return where the text behind the last of the marks in ``[begin, stop)`` starts."""
    for mark in marks:
        begin = max(begin, view.rfind(mark, begin, stop) + 1)
    return begin


# ---------------------------------------------------------------- rates behind a figure

RATES_BEHIND = {
    "year": "学?年",
    "month": "月",
    "day": "[天日]",
    "household": "户",
    "person": "人(?!次|均)|生|名|位|口",
    "mu": "亩",
    "kg": "公斤|千克|[kK][gG]",
    "jin": "市?斤",
    "item": r"人次|平方米|立方米|平米|小时|㎡|[^\W\d]",
}
"""What a figure is per, and what says so behind its unit and a stroke, 每 or 一 (元/人·年)."""

_AFTER_ONE = "年|个?月|天|亩|公?斤|吨|升|平|立方|[户人棵株只张盒袋箱瓶碗]"
_RATE_BEHIND = re.compile(
    f"(?:[/每·.]|[一1](?={_AFTER_ONE}))个?" + either_named(RATES_BEHIND),
)
_EQUIVALENT = re.compile(rf"\(?(?:约合|折合|合|相当于)约?{_MONEY_AMOUNT}\)?")
_BEGINS_BEHIND = "/每·.一1(合约折相"
_MOST_RATES = 4


def rates_behind(view: str, end: int, label: str) -> tuple[tuple[str, ...], int]:
    """Return the rates directly behind an amount (元/人·年, 90元一公斤) and where they end."""
    if view[end : end + 1] not in _BEGINS_BEHIND:
        return (), end
    names: list[str] = []
    if label == HEADCOUNT and view.startswith("每", end):
        return (), end  # 546人每人200元: the rate is the next amount's
    same = _EQUIVALENT.match(view, end)
    if same and _RATE_BEHIND.match(view, same.end()):
        return rates_behind(view, same.end(), label)[0], end
    while len(names) < _MOST_RATES and (found := _RATE_BEHIND.match(view, end)):
        names.append(str(found.lastgroup))
        end = found.end()
    return tuple(names), end
