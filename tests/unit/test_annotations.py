"""Annotation files: what is accepted, and what a problem is called."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from povner.errors import AnnotationError
from povner.text import NormalizedText
from povner_training.agreement import agreement_table
from povner_training.annotations import check_annotations, read_annotations
from povner_training.cli import app
from tests.conftest import ROOT

TEXT = "河西区投入3.09亿元，帮扶6100户。"
PLACE = {"start": 0, "end": 3, "label": "PLACE", "text": "河西区", "division": "天津市河西区"}
VALUE = {"unit": "CNY", "lower": "309000000", "upper": "309000000", "qualifier": "exact", "per": []}
MONEY = {"start": 5, "end": 11, "label": "MONEY", "text": "3.09亿元", "value": VALUE}


def write(folder: Path, *entities, **changes) -> Path:
    record = {"id": "a", "text": TEXT, "entities": entities} | changes
    path = folder / "some.jsonl"
    record = {key: value for key, value in record.items() if value is not None}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def value(**changes):
    return MONEY | {"value": VALUE | changes}


def test_documents_are_read_with_their_spans_in_order(tmp_path):
    (document,) = read_annotations([write(tmp_path, MONEY, PLACE)])
    assert [span.text for span in document.spans] == ["河西区", "3.09亿元"]
    assert document.spans[1].value is not None
    assert document.spans[1].value.lower == 309000000
    assert document.keys() == {(0, 3, "PLACE"), (5, 11, "MONEY")}


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        (
            [PLACE | {"end": 4}],
            r"span \[0, 4\) PLACE should be '河西区', but there stands '河西区投'",
        ),
        (
            [PLACE, MONEY | {"start": 2, "end": 11, "text": None}],
            r"\[2, 11\) MONEY overlaps \[0, 3\) PLACE",
        ),
        ([PLACE | {"label": "CITY"}], r"unknown label; the labels are MONEY"),
        ([PLACE | {"end": 99, "text": None}], r"outside the text of 20 characters"),
        ([PLACE | {"start": 3, "end": 3, "text": None}], r"outside the text"),
        ([value(qualifier="over")], r"over does not go with the bounds"),
        ([value(qualifier="roughly")], r"qualifier"),
        ([value(lower="many")], r"lower"),
        ([value(unit="yuan")], r"ISO 4217"),
        ([MONEY | {"label": "HEADCOUNT"}], r"counted in person"),
        ([PLACE | {"value": VALUE}], r"only MONEY and HEADCOUNT"),
        ([MONEY | {"division": "天津市"}], r"only PLACE"),
        ([PLACE | {"lable": "PLACE"}], r"entities.0.lable"),
    ],
)
def test_problems_name_file_line_and_span(tmp_path, entities, message):
    path = write(tmp_path, *entities)
    with pytest.raises(AnnotationError, match=message) as caught:
        read_annotations([path])
    assert str(caught.value).startswith(f"{path}:1: ")
    assert check_annotations([path]) == [str(caught.value)]


def test_a_span_may_not_begin_with_a_space(tmp_path):
    path = write(tmp_path, {"start": 1, "end": 3, "label": "PLACE"}, text="在 天津")
    assert "begins or ends with a space" in check_annotations([path])[0]


def test_stand_off_annotations_read_their_source_and_hold_its_hash(tmp_path):
    folder = tmp_path / "annotations" / "mine"
    folder.mkdir(parents=True)
    source = tmp_path / "pages" / "one.txt"
    source.parent.mkdir()
    source.write_text(TEXT, encoding="utf-8")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    path = write(folder, PLACE, text=None, source="pages/one.txt", sha256=digest)
    assert read_annotations([tmp_path / "annotations"])[0].text == TEXT
    source.write_text(TEXT + "。", encoding="utf-8")
    assert "has changed since it was annotated" in check_annotations([path])[0]
    source.unlink()
    assert "does not exist" in check_annotations([path])[0]
    assert "give either 'text'" in check_annotations([write(folder, text=None)])[0]


def test_check_lists_every_problem_of_a_document(tmp_path):
    path = write(tmp_path, PLACE | {"end": 2}, MONEY | {"label": "SUM"})
    assert [problem.partition(" ")[0] for problem in check_annotations([path])] == [
        f"{path}:1:"
    ] * 2


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe")
    (tmp_path / "notes.jsonl.bak").write_text("no annotations", encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"latin\.jsonl cannot be read"):
        read_annotations([tmp_path])
    (tmp_path / "latin.jsonl").rename(tmp_path / "broken.jsonl.xz")
    with pytest.raises(AnnotationError, match=r"broken\.jsonl\.xz cannot be read"):
        read_annotations([tmp_path])


def test_ids_are_unique_in_a_file(tmp_path):
    path = write(tmp_path, PLACE)
    path.write_text(path.read_text(encoding="utf-8") * 2, encoding="utf-8")
    assert "the id 'a' is also at" in check_annotations([path])[0]


def test_missing_and_empty_folders_are_named(tmp_path):
    with pytest.raises(AnnotationError, match="does not exist"):
        read_annotations([tmp_path / "nowhere"])
    with pytest.raises(AnnotationError, match=r"holds no \.jsonl"):
        read_annotations([tmp_path])


def test_the_command_reports_problems_and_fails(tmp_path):
    runner = CliRunner()
    good = runner.invoke(app, ["check", str(write(tmp_path, PLACE, MONEY))])
    assert (good.exit_code, good.stdout) == (0, "1 documents, 2 spans: no problem found\n")
    bad = runner.invoke(app, ["check", str(write(tmp_path, PLACE | {"end": 2}))])
    assert bad.exit_code == 1
    assert "[0, 2) PLACE" in bad.stderr


def test_agreement_counts_spans_and_meanings(tmp_path):
    first = read_annotations([write(tmp_path, PLACE, MONEY)])
    other = value(lower="308000000", upper="308000000")
    second = read_annotations([write(tmp_path, PLACE | {"end": 2, "text": None}, other)])
    table = agreement_table(first, second)
    assert "| PLACE | 1 | 1 | 0.0000 | 0/0 |" in table
    assert "| MONEY | 1 | 1 | 1.0000 | 0/1 |" in table
    with pytest.raises(AnnotationError, match="same documents"):
        agreement_table(first, [])


def test_the_project_s_own_annotations_are_clean():
    assert check_annotations([ROOT / "annotations"]) == []


@pytest.mark.parametrize(
    "document", read_annotations([ROOT / "annotations" / "seeds"]), ids=lambda d: d.id
)
def test_every_gold_span_survives_the_view(document):
    normalized = NormalizedText.from_source(document.text)
    for span in document.spans:
        start, end = normalized.to_view(span.start, span.end)
        assert normalized.to_source(start, end) == (span.start, span.end)


def test_every_money_and_headcount_of_the_seeds_has_a_value():
    documents = read_annotations([ROOT / "annotations" / "seeds"])
    assert sorted(document.id for document in documents) == ["000", "001", "002", "003", "004"]
    counted = [s for d in documents for s in d.spans if s.label in ("MONEY", "HEADCOUNT")]
    assert len(counted) == 89
    assert all(span.value is not None for span in counted)


def test_the_agreement_in_the_readme_is_the_one_measured():
    first, second = (
        read_annotations([ROOT / "annotations" / "agreement" / f"seeds-{name}.jsonl"])
        for name in "ab"
    )
    readme = (ROOT / "annotations" / "README.md").read_text(encoding="utf-8")
    assert agreement_table(first, second) in readme
