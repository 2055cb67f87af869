"""Run one peer through its own best API; runs in the peers' environment, without povner.

Reads a JSON list of texts, writes a JSON object: for each text the amounts that the peer finds as
``[lower, upper, currency, qualifier, start, end]`` (decimals as text, None for what it does not
say), and the seconds that it took.
"""

import contextlib
import io
import json
import re
import sys
import time
import warnings
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

Amount = tuple[str | None, str | None, str | None, str | None, int | None, int | None]

JIONLP_CURRENCIES = {
    "元": "CNY", "人民币": "CNY", "美元": "USD", "港元": "HKD", "港币": "HKD", "澳门元": "MOP",
    "新台币": "TWD", "台币": "TWD", "欧元": "EUR", "日元": "JPY", "英镑": "GBP", "卢布": "RUB",
    "韩元": "KRW", "澳元": "AUD", "加元": "CAD", "新加坡元": "SGD", "瑞士法郎": "CHF",
    "泰铢": "THB", "卢比": "INR", "越南盾": "VND",
}  # fmt: skip
RECOGNIZERS_CURRENCIES = {"Russian ruble": "RUB", "Macanese pataca": "MOP"}
JIONLP_QUALIFIERS = {"accurate": "exact", "blur": "vague", "blur+": "over", "blur-": "under"}


def jionlp_extract(text: str) -> list[Amount]:
    """Find with `jionlp.ner.extract_money`."""
    import jionlp as jio

    found = jio.ner.extract_money(text, with_parsing=True)
    return [jionlp_amount(amount["detail"], *amount["offset"]) for amount in found]


def jionlp_parse(text: str) -> list[Amount]:
    """Read the whole phrase with `jionlp.parse_money`."""
    import jionlp as jio

    return [jionlp_amount(jio.parse_money(text), None, None)]


def jionlp_amount(detail: dict[str, Any], start: int | None, end: int | None) -> Amount:
    """Return what jionlp's dict of an amount says."""
    number = detail["num"]
    lower, upper = number if isinstance(number, list) else (number, number)
    qualifier = JIONLP_QUALIFIERS[detail["definition"]]
    return lower, upper, JIONLP_CURRENCIES.get(detail["case"]), qualifier, start, end


def recognizers(text: str) -> list[Amount]:
    """Recognise with `recognize_currency` for Chinese."""
    from recognizers_number_with_unit import recognize_currency
    from recognizers_text import Culture

    return [
        (
            found.resolution["value"],
            found.resolution["value"],
            found.resolution.get("isoCurrency")
            or RECOGNIZERS_CURRENCIES.get(found.resolution["unit"]),
            None,
            found.start,
            found.end + 1,
        )
        for found in recognize_currency(text, Culture.Chinese)
        if found.resolution and found.resolution.get("value")
    ]


@cache
def duckling_context() -> tuple[Any, Any]:
    """Return Duckling's settings: Chinese, money only; the time does not matter."""
    import duckling as peer

    zones = peer.load_time_zones(str(resources.files("tzdata") / "zoneinfo"))
    now = peer.parse_ref_time(zones, "Asia/Shanghai", 0)
    locale = peer.default_locale_lang(peer.parse_lang("ZH"))
    return peer.Context(now, locale), peer.parse_dimensions(["amount-of-money"])


def duckling(text: str) -> list[Amount]:
    """Find with `duckling.parse`; 元 comes out as $, so it is not asked for the currency."""
    import duckling as peer

    return [
        duckling_amount(found["value"], found["start"], found["end"])
        for found in peer.parse(text, *duckling_context(), False)
    ]


def duckling_amount(value: dict[str, Any], start: int, end: int) -> Amount:
    """Return what Duckling's dict of an amount or an interval says."""
    if value["type"] == "value":
        number = str(value["value"])
        return number, number, None, "exact", start, end
    lower, upper = (
        str(value[side]["value"]) if value.get(side) else None for side in ("from", "to")
    )
    qualifier = "range" if lower and upper else "over" if lower else "under"
    return lower, upper, None, qualifier, start, end


def cn2an(text: str) -> list[Amount]:
    """Rewrite with `cn2an.transform` and take the numbers."""
    import cn2an as peer

    return numbers(re.findall(r"\d+(?:\.\d+)?", peer.transform(text, "cn2an")))


def chinese2digits(text: str) -> list[Amount]:
    """Take the numbers with `takeNumberFromString`."""
    import chinese2digits as peer

    return numbers(peer.takeNumberFromString(text)["digitsStringList"])


def numbers(found: list[str]) -> list[Amount]:
    """Return bare numbers as amounts."""
    amounts = [str(Decimal(number)) for number in found]
    return [(amount, amount, None, None, None, None) for amount in amounts]


APIS = (jionlp_extract, jionlp_parse, recognizers, duckling, cn2an, chinese2digits)
PEERS = {peer.__name__: peer for peer in APIS}


def main() -> None:
    """Run the peer named on the command line on standard input."""
    peer = PEERS[sys.argv[1]]
    texts = json.load(sys.stdin)
    answers: list[list[Amount]] = []
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        peer("三百元")  # what it loads on the first call is not timed
        begin = time.process_time()
        for text in texts:
            try:
                answers.append(peer(text))
            except Exception:  # a peer that raises has found nothing
                answers.append([])
        seconds = time.process_time() - begin
    json.dump({"answers": answers, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
