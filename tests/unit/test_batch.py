"""Files in, records out: what is found, read, isolated and written."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from povner.batch import (
    SCHEMA_VERSION,
    check_output,
    extract_records,
    find_inputs,
    read_documents,
    write_csv,
    write_jsonl,
    write_output,
)
from povner.entities import MONEY, ROW, Document, Entity, Failure, Quantity
from povner.errors import InputError, ModelError, OutputExists
from tests.fakes import BAD, FakeExtractor


def read_one(source: str) -> Document:
    (record,) = read_documents([source])
    assert isinstance(record, Document)
    return record


def fail_to_read(source: str) -> Failure:
    (record,) = read_documents([source])
    assert isinstance(record, Failure)
    return record


# ---- finding ----


def test_a_folder_stands_for_its_text_files_sorted(tmp_path, monkeypatch):
    for name in ("b.txt", "a.txt", "sub/c.txt", "notes.md", "sub/deep/a.txt"):
        (tmp_path / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pages" / name).touch()
    (tmp_path / "pages" / "folder.txt").mkdir()
    monkeypatch.chdir(tmp_path)
    below = ["a.txt", "b.txt", "sub/c.txt", "sub/deep/a.txt"]
    assert find_inputs(["pages"]) == [f"pages/{name}" for name in below]
    assert find_inputs(["./pages/"]) == [f"./pages/{name}" for name in below]


def test_files_keep_their_order_and_any_ending_and_come_once(tmp_path, monkeypatch):
    (tmp_path / "b.md").touch()
    (tmp_path / "a.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert find_inputs(["b.md", "-", Path("a.txt"), "b.md", "-"]) == ["b.md", "-", "a.txt"]


def test_a_missing_path_is_named(tmp_path):
    missing = str(tmp_path / "missing.txt")
    with pytest.raises(InputError, match=r"no file or folder .*missing\.txt.*Give text files"):
        find_inputs([missing])


def test_a_folder_without_text_is_named(tmp_path):
    (tmp_path / "notes.md").touch()
    with pytest.raises(InputError, match=rf"no \*\.txt file in the folder {tmp_path}"):
        find_inputs([tmp_path])


# ---- reading ----


def test_a_byte_order_mark_is_no_text_and_line_ends_stay(tmp_path):
    page = tmp_path / "page.txt"
    page.write_bytes(b"\xef\xbb\xbf" + "一\r\n二\r三\n".encode())
    assert read_one(str(page)) == Document("一\r\n二\r三\n", id=str(page))


def test_what_is_not_utf8_names_file_offset_and_remedy(tmp_path):
    page = tmp_path / "gbk.txt"
    page.write_bytes("贫".encode() + "扶".encode("gb18030"))
    failure = fail_to_read(str(page))
    assert (failure.id, failure.type) == (str(page), "InputError")
    assert f"{page} is not UTF-8: byte 0xb7 at offset 3." in failure.message
    assert "iconv" in failure.message


def test_a_file_gone_since_it_was_found_is_a_failure(tmp_path):
    failure = fail_to_read(str(tmp_path / "gone.txt"))
    assert failure.type == "FileNotFoundError"
    assert "gone.txt" in failure.message


# ---- extracting ----


def extract(texts: Iterable[str], **options: Any) -> list[Document | Failure]:
    documents = [Document(text, id=str(i), meta={"n": i}) for i, text in enumerate(texts)]
    return list(extract_records(FakeExtractor(), documents, **options))


def test_id_and_meta_are_kept():
    (record,) = extract(["给5元"])
    assert isinstance(record, Document)
    assert (record.id, record.meta) == ("0", {"n": 0})
    assert record.entities[0].text == "5元"


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 16])
def test_a_failing_document_fails_alone_and_in_its_place(chunk_size):
    texts = ["1元", BAD, "2元", "3元", BAD, "4元"]
    records = extract(texts, chunk_size=chunk_size)
    assert [record.id for record in records] == ["0", "1", "2", "3", "4", "5"]
    assert [isinstance(record, Failure) for record in records] == [BAD in text for text in texts]
    assert records[1] == Failure("1", {"n": 1}, "ValueError", f"cannot read {BAD}")


def test_the_documents_before_a_failure_are_not_extracted_again():
    extractor = FakeExtractor()
    documents = [Document(text) for text in ("1元", "2元", BAD, "3元")]
    assert len(list(extract_records(extractor, documents))) == 4
    assert extractor.calls == 5  # the failing one twice


def test_a_failure_to_read_is_passed_on_in_its_place():
    unread = Failure("x", {}, "InputError", "not UTF-8")
    records = list(extract_records(FakeExtractor(), [Document("1元"), unread, Document("2元")]))
    assert records[1] is unread
    assert all(isinstance(record, Document) for record in (records[0], records[2]))


def test_a_broken_model_is_no_documents_fault():
    class Broken(FakeExtractor):
        def __call__(self, text: str) -> Document:
            raise ModelError("no weights")

    with pytest.raises(ModelError, match="no weights"):
        list(extract_records(Broken(), [Document("1元")]))


def test_records_stream():
    taken = 0

    def documents() -> Iterator[Document]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield Document(f"{number}元")

    records = extract_records(FakeExtractor(), documents(), chunk_size=8)
    for _ in range(9):
        next(records)
    assert taken == 16


def test_many_documents_need_no_more_memory_than_a_few(tmp_path):
    def peak(count: int) -> int:
        documents = (Document("一" * 10_000 + "5元") for _ in range(count))
        tracemalloc.start()
        try:
            write_output(
                extract_records(FakeExtractor(), documents), tmp_path / f"{count}.csv", model="m"
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(800) < 2 * peak(80)


# ---- writing ----

VALUE = Quantity("CNY", Decimal("3.09E+8"), None, "over", False, ("year", "person"))
RECORDS = (
    Document(
        "给超3.09亿元，李村",
        (Entity(MONEY, "3.09亿元", 2, 8, 0.98765, VALUE), Entity("PLACE", "李村", 9, 11, 0.5)),
        id="a,b.txt",
        meta={"date": "2020-01-01"},
    ),
    Failure("bad.txt", {}, "InputError", "bad.txt is not UTF-8"),
    Document("", id="empty.txt"),
)


def test_jsonl_reads_back():
    stream = io.StringIO()
    write_jsonl(RECORDS, stream)
    first, failed, empty = map(json.loads, stream.getvalue().splitlines())
    assert Document.from_dict(first).to_dict() == RECORDS[0].to_dict()
    assert failed == {
        "id": "bad.txt",
        "meta": {},
        "error": {"type": "InputError", "message": "bad.txt is not UTF-8"},
    }
    assert Document.from_dict(empty) == RECORDS[2]


def test_a_record_is_one_line_for_every_reader():
    text = "一\x85二\u2028三\u2029四\r\n五\x1c六\x0b七"
    stream = io.StringIO()
    write_jsonl([Document(text)], stream)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["text"] == text


def test_csv_has_an_entity_a_row():
    stream = io.StringIO()
    write_csv(RECORDS, stream)
    header, money, place = csv.reader(io.StringIO(stream.getvalue()))
    assert tuple(header) == ROW
    assert dict(zip(header, money, strict=True)) == {
        "document": "a,b.txt",
        "label": "MONEY",
        "text": "3.09亿元",
        "start": "2",
        "end": "8",
        "score": "0.9877",
        "value": ">309,000,000 CNY/year/person",
        "unit": "CNY",
        "lower": "309000000",
        "upper": "",
        "qualifier": "over",
        "inclusive": "False",
        "per": "year,person",
        "flags": "",
        **dict.fromkeys(ROW[14:], ""),
    }
    assert place == ["a,b.txt", "PLACE", "李村", "9", "11", "0.5", *[""] * 15]


@pytest.mark.parametrize("name", ["out.jsonl", "new/folder/out.csv"])
def test_an_output_has_its_provenance_beside_it(tmp_path, name):
    path = tmp_path / name
    write_output(RECORDS, path, model="povner-base")
    assert sorted(file.name for file in path.parent.iterdir() if file.is_file()) == [
        path.name,
        f"{path.name}.meta.json",
    ]
    provenance = json.loads(path.with_name(f"{path.name}.meta.json").read_text("utf-8"))
    assert provenance["schema_version"] == SCHEMA_VERSION
    assert provenance["povner_version"]
    assert provenance["model"] == "povner-base"
    assert provenance["failures"] == [RECORDS[1].to_dict()]


def test_an_output_is_only_overwritten_when_told_to(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("precious")
    with pytest.raises(OutputExists, match=r"out\.jsonl exists already.*--overwrite"):
        write_output(RECORDS, path, model="m")
    assert path.read_text() == "precious"
    write_output(RECORDS, path, model="m", overwrite=True)
    assert len(path.read_text("utf-8").splitlines()) == 3


@pytest.mark.parametrize("name", ["out.json", "out", "out.JSONL", ".csv"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"must end in \.jsonl .* or \.csv"):
        check_output(tmp_path / name, overwrite=False)


def test_a_folder_is_no_output(tmp_path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(InputError, match=r"out\.csv is a folder"):
        check_output(tmp_path / "out.csv", overwrite=True)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError("disk full")])
@pytest.mark.parametrize("before", [None, "precious"])
def test_an_interrupted_write_leaves_what_was_there(tmp_path, interruption, before):
    def records() -> Iterator[Document]:
        yield Document("1元")
        raise interruption

    path = tmp_path / "out.jsonl"
    if before:
        path.write_text(before)
    with pytest.raises((KeyboardInterrupt, OSError)):
        write_output(records(), path, model="m", overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == (["out.jsonl"] if before else [])
    assert not before or path.read_text() == before


def test_a_file_name_that_is_not_utf8_survives(tmp_path):
    name = b"\xb7\xf6.txt".decode("utf-8", "surrogateescape")
    path = tmp_path / "out.jsonl"
    write_output([Document("1元", id=name)], path, model="m")
    assert json.loads(path.read_text("utf-8"))["id"] == name
