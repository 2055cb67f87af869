"""Annotations go to other tools' formats and come back as they were."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from povner import AnnotationError, Document, Entity, Place, Quantity
from povner_training.annotations import AnnotatedDocument, Span, Value
from povner_training.cli import app
from povner_training.exchange import brat, conll, convert, datasets, doccano, label_studio, povner

TEXT = "😀𠮷 河西區\n投入 3.09億元，\t帶動「宣化\n縣」6100 戶。\\n#"


def span(words: str, label: str, **meaning: Any) -> Span:
    start = TEXT.index(words)
    return Span(start=start, end=start + len(words), label=label, text=words, **meaning)


DOCUMENT = AnnotatedDocument(
    "a/b “c”",
    TEXT,
    (
        span("河西區", "PLACE", division="天津市河西区", township="挂甲寺街道"),
        span(
            "3.09億元",
            "MONEY",
            value=Value(
                unit="CNY",
                lower=Decimal(309000000),
                upper=None,
                qualifier="over",
                per=("year", "person"),
            ),
        ),
        span(
            "宣化\n縣",
            "PLACE",
            division="河北省张家口市宣化区",
            former="河北省张家口市宣化县",
        ),
        span("6100 戶", "HEADCOUNT"),
    ),
    "here",
)
EMPTY = AnnotatedDocument("empty", "没有", (), "here")
WHOLE = (povner, label_studio, brat, datasets)
SPANS_ONLY = (doccano, conll)


def bare(document: AnnotatedDocument) -> tuple[object, ...]:
    return document.id, document.text, document.keys()


@pytest.mark.parametrize("format_", WHOLE, ids=lambda module: module.__name__)
def test_nothing_is_lost(format_: object, tmp_path: Path) -> None:
    format_.write([DOCUMENT, EMPTY], tmp_path / "out.jsonl")  # type: ignore[attr-defined]
    back = format_.read(tmp_path / "out.jsonl")  # type: ignore[attr-defined]
    assert [(one.id, one.text, one.spans) for one in back] == [
        (one.id, one.text, one.spans) for one in (DOCUMENT, EMPTY)
    ]


@pytest.mark.parametrize("format_", SPANS_ONLY, ids=lambda module: module.__name__)
def test_the_spans_are_kept(format_: object, tmp_path: Path) -> None:
    format_.write([DOCUMENT, EMPTY], tmp_path / "out")  # type: ignore[attr-defined]
    back = format_.read(tmp_path / "out")  # type: ignore[attr-defined]
    assert list(map(bare, back)) == list(map(bare, (DOCUMENT, EMPTY)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(text=st.text(min_size=1, max_size=30), name=st.text(min_size=1, max_size=5), data=st.data())
def test_any_text_comes_back(
    text: str, name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = tuple(
        Span(start=start, end=end, label="ORG", text=text[start:end])
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        if text[start:end] == text[start:end].strip() and not text[start:end].splitlines()[1:]
    )
    document = AnnotatedDocument(name, text, spans, "here")
    folder = tmp_path_factory.mktemp("any")
    for format_ in (*WHOLE, *SPANS_ONLY):
        path = folder / format_.__name__
        format_.write([document], path)
        assert list(map(bare, format_.read(path))) == [bare(document)], format_.__name__


def test_iob2_is_what_others_expect(tmp_path: Path) -> None:
    spans = (Span(start=1, end=3, label="PLACE"),)
    conll.write([AnnotatedDocument("x", "在甘肃 好", spans, "")], tmp_path / "out.conll")
    assert (tmp_path / "out.conll").read_text("utf-8") == (
        "# id = x\n在\tO\n甘\tB-PLACE\n肃\tI-PLACE\n\\u0020\tO\n好\tO\n\n"
    )


def test_brat_splits_a_span_at_a_line_end(tmp_path: Path) -> None:
    brat.write([DOCUMENT], tmp_path / "brat")
    (file,) = (tmp_path / "brat").glob("*.ann")
    assert "T3\tPLACE 21 23;24 25\t宣化 縣\n" in file.read_text("utf-8")


def test_label_studio_regions_are_shown_and_carry_their_meaning(tmp_path: Path) -> None:
    label_studio.write([DOCUMENT], tmp_path / "tasks.json")
    (task,) = json.loads((tmp_path / "tasks.json").read_text("utf-8"))
    first, details, *_ = task["annotations"][0]["result"]
    assert first["value"] == {"start": 3, "end": 6, "text": "河西區", "labels": ["PLACE"]}
    assert details["id"] == first["id"]
    assert json.loads(details["value"]["text"][0])["division"] == "天津市河西区"


def test_label_studios_older_offsets_in_utf16_are_understood(tmp_path: Path) -> None:
    label_studio.write([DOCUMENT], tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text("utf-8"))
    for result in tasks[0]["annotations"][0]["result"]:
        result["value"]["start"] += 2
        result["value"]["end"] += 2
    (tmp_path / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    assert label_studio.read(tmp_path / "tasks.json")[0].spans == DOCUMENT.spans


def test_label_studio_offsets_that_fit_nothing_are_named(tmp_path: Path) -> None:
    label_studio.write([DOCUMENT], tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text("utf-8"))
    tasks[0]["annotations"][0]["result"][0]["value"]["start"] += 1
    (tmp_path / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"task 1: at \[4, 6\) stands '西區', not '河西區'"):
        label_studio.read(tmp_path / "tasks.json")


def test_tasks_that_nobody_annotated_are_left_out(tmp_path: Path) -> None:
    tasks = [
        {"id": 1, "data": {"text": "甘肃"}, "predictions": [{"result": []}], "annotations": []},
        {"id": 2, "data": {"text": "甘肃"}, "annotations": [{"was_cancelled": True, "result": []}]},
        {"id": 3, "data": {"text": "甘肃"}, "annotations": [{"result": []}]},
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    assert [one.id for one in label_studio.read(tmp_path / "tasks.json")] == ["3"]


def test_predictions_keep_values_and_divisions(tmp_path: Path) -> None:
    document = Document(
        "河西區3億元",
        (
            Entity(
                "PLACE", "河西區", 0, 3, 0.9,
                Place("120103", "河西区", "天津市河西区", "county", "CN", "天津市"),
            ),
            Entity("MONEY", "3億元", 3, 6, 0.8, Quantity("CNY", Decimal(3), Decimal(3))),
        ),
        "doc",
    )  # fmt: skip
    label_studio.write_predictions([document], "m", tmp_path / "tasks.json")
    (task,) = json.loads((tmp_path / "tasks.json").read_text("utf-8"))
    task["annotations"] = task.pop("predictions")
    (tmp_path / "done.json").write_text(json.dumps([task]), encoding="utf-8")
    place, money = label_studio.read(tmp_path / "done.json")[0].spans
    assert place.division == "天津市河西区"
    assert money.value is not None
    assert (money.value.unit, money.value.lower) == ("CNY", Decimal(3))


@pytest.mark.parametrize(
    ("format_", "content", "message"),
    [
        (label_studio, "{", "is no Label Studio export"),
        (label_studio, "[]", None),
        (doccano, "[1]\n", "is no doccano record"),
        (conll, "字 B-X\n", "expected a character, a tab"),
        (conll, "字\tI-ORG\n", "does not follow IOB2"),
    ],
)
def test_broken_files_are_named(
    format_: object, content: str, message: str | None, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text(content, encoding="utf-8")
    if message is None:
        assert format_.read(tmp_path / "in") == []  # type: ignore[attr-defined]
        return
    with pytest.raises(AnnotationError, match=message):
        format_.read(tmp_path / "in")  # type: ignore[attr-defined]


def test_folders_without_what_they_should_hold_are_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"holds no \.ann file"):
        brat.read(tmp_path)
    with pytest.raises(AnnotationError, match="is no folder of a dataset"):
        datasets.read(tmp_path)


def test_convert_checks_and_never_overwrites(tmp_path: Path) -> None:
    povner.write([DOCUMENT], tmp_path / "a.jsonl")
    assert convert(tmp_path / "a.jsonl", "povner", tmp_path / "b.json", "label-studio") == 1
    with pytest.raises(AnnotationError, match="exists already"):
        convert(tmp_path / "a.jsonl", "povner", tmp_path / "b.json", "label-studio")
    with pytest.raises(AnnotationError, match="No format 'xml'"):
        convert(tmp_path / "a.jsonl", "xml", tmp_path / "c", "povner")
    (tmp_path / "bad.jsonl").write_text(
        json.dumps({"id": 1, "text": "甘肃", "label": [[0, 9, "PLACE"]]}), encoding="utf-8"
    )
    with pytest.raises(AnnotationError, match="lies outside the text"):
        convert(tmp_path / "bad.jsonl", "doccano", tmp_path / "d.jsonl", "povner")


def test_the_command_lines(tmp_path: Path) -> None:
    povner.write([DOCUMENT], tmp_path / "a.jsonl")
    runner = CliRunner()
    result = runner.invoke(
        app, ["convert", str(tmp_path / "a.jsonl"), str(tmp_path / "brat"), "--to", "brat"]
    )
    assert "wrote 1 documents" in result.output
    assert bare(brat.read(tmp_path / "brat")[0]) == bare(DOCUMENT)


@pytest.mark.parametrize("name", [".", "..", "a.b", "一" * 26])
def test_any_id_names_a_brat_file(name: str, tmp_path: Path) -> None:
    brat.write([AnnotatedDocument(name, "文", (), "")], tmp_path / "brat")
    assert brat.read(tmp_path / "brat")[0].id == name


def test_an_id_that_is_too_long_for_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="too long to name a file"):
        brat.write([AnnotatedDocument("一" * 99, "文", (), "")], tmp_path / "brat")
    assert not (tmp_path / "brat").exists()
