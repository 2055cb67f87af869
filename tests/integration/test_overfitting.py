"""The whole pipe on four sentences: encoder → fit → export → extract → records."""

import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import pipeline

from povner import Document, Extractor, InputError, ModelError
from povner.backends import OnnxBackend
from povner.text import NormalizedText
from povner_training.export import FP32, load_for_export
from tests.conftest import SENTENCES


def found(document: Document) -> list[tuple[str, str]]:
    return [(entity.text, entity.label) for entity in document.entities]


@pytest.fixture(scope="module")
def extractor(tiny_model: Path) -> Extractor:
    return Extractor(tiny_model)


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_the_model_has_memorised_the_sentences(extractor, text, expected):
    document = extractor(text)
    assert found(document) == expected
    assert all(entity.score > 0.9 for entity in document.entities)
    assert all(text[e.start : e.end] == e.text for e in document.entities)


def test_values_come_with_the_entities(extractor):
    money, households = extractor(SENTENCES[0][0]).entities[1:]
    assert (money.value.unit, money.value.lower) == ("CNY", 309000000)
    assert (households.value.unit, households.value.upper) == ("household", 6100)
    persons = extractor(SENTENCES[1][0]).entities[1]
    assert (persons.value.qualifier, persons.value.lower, persons.value.upper) == (
        "under",
        None,
        200,
    )


def test_pipe_equals_one_by_one(extractor):
    texts = [text for text, _ in SENTENCES] * 7
    one_by_one = [extractor(text) for text in texts]
    assert list(extractor.pipe(texts)) == one_by_one
    assert list(extractor.pipe(iter(texts), batch_size=3)) == one_by_one


def test_pipe_is_lazy(extractor):
    def endless():
        while True:
            yield SENTENCES[0][0]

    assert found(next(extractor.pipe(endless(), batch_size=2))) == SENTENCES[0][1]


def test_a_long_text_is_read_through_windows(extractor):
    text = "。".join(sentence for sentence, _ in SENTENCES) * 5
    starts = {entity.start for entity in extractor(text).entities}
    assert len(text) > 40 * 5
    for surface, _ in SENTENCES[0][1]:
        assert text.index(surface) in starts


def test_noise_stays_outside_the_spans(extractor):
    document = extractor("河西區累計投入3.0９億(yì)元(yuán)，帶動6100 戶(hù)脫貧。")
    assert [entity.text for entity in document.entities] == ["河西區", "3.0９億(yì)元", "6100 戶"]


def test_an_empty_text_has_no_entities(extractor):
    assert extractor("") == Document("")
    assert extractor(" \n\u200b").entities == ()


def test_labels_and_min_score_choose(tiny_model):
    text = SENTENCES[0][0]
    assert found(Extractor(tiny_model, labels=["MONEY"])(text)) == [("3.09億元", "MONEY")]
    assert found(Extractor(tiny_model, min_score=1.0)(text)) == []


def test_records_survive_the_round_trip(extractor):
    document = extractor(SENTENCES[1][0])
    restored = Document.from_dict(document.to_dict())
    assert restored.to_dict() == document.to_dict()
    assert found(restored) == found(document)


def test_to_frame_has_a_row_an_entity(extractor):
    frame = extractor(SENTENCES[0][0]).to_frame()
    assert list(frame["text"]) == ["河西區", "3.09億元", "6100戶"]
    assert frame["lower"][1] == 309000000
    assert frame["unit"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["CROP"]}, "CROP"),
        ({"labels": "MONEY"}, "single str"),
        ({"min_score": 2}, "min_score"),
        ({"threads": 0}, "threads"),
    ],
)
def test_wrong_options_are_named(tiny_model, options, message):
    with pytest.raises(InputError, match=message):
        Extractor(tiny_model, **options)


def test_options_of_pipe_are_checked_before_it_starts(extractor):
    with pytest.raises(InputError, match="batch_size"):
        extractor.pipe(["贫困"], batch_size=0)
    with pytest.raises(InputError, match="many texts"):
        extractor.pipe("贫困")


def test_a_forked_process_extracts_too(extractor):
    text = SENTENCES[0][0] * 9
    expected = len(extractor(text).entities)  # the thread pool is running now
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(len(extractor(text).entities)))
    child.start()
    assert receiver.poll(60)
    assert receiver.recv() == expected
    child.join()


def test_bytes_are_refused_with_advice(extractor):
    with pytest.raises(InputError, match="Decode bytes"):
        extractor("贫困".encode())


def test_a_missing_model_is_named():
    with pytest.raises(ModelError, match="no-such-model"):
        Extractor("no-such-model")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", None, "lacks config.json"),
        ("config.json", "{", "no JSON"),
        ("config.json", "[]", "no JSON object"),
        ("config.json", "{}", "no povner model"),
        ("tokenizer.json", None, "lacks tokenizer.json"),
        ("tokenizer.json", '{"model": 3}', "no povner model"),
        ("onnx/model_int8.onnx", "rubbish", "onnxruntime"),
    ],
)
def test_a_broken_model_folder_is_named(tiny_model, tmp_path, file, content, message):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    if content is None:
        (broken / file).unlink()
    else:
        (broken / file).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        Extractor(broken)


def test_a_model_without_onnx_says_how_to_make_it(tiny_model, tmp_path):
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(tiny_model, bare, ignore=shutil.ignore_patterns("onnx"))
    with pytest.raises(ModelError, match="povner-train export"):
        Extractor(bare)


def test_onnx_equals_torch(tiny_model):
    model = load_for_export(tiny_model)
    windows = [np.arange(length) % model.config.vocab_size for length in (1, 2, 9, 33)]
    backend = OnnxBackend(tiny_model / FP32, threads=2)
    for window, logits in zip(windows, backend(windows), strict=True):
        with torch.inference_mode():
            expected = model(torch.from_numpy(window)[None]).logits[0].numpy()
        np.testing.assert_allclose(logits, expected, atol=1e-4)


def test_the_folder_loads_in_a_transformers_pipeline(tiny_model):
    tagger = pipeline("token-classification", model=str(tiny_model), aggregation_strategy="simple")
    view = NormalizedText.from_source(SENTENCES[0][0]).view
    groups: list[Any] = tagger(view)
    found = [(view[group["start"] : group["end"]], group["entity_group"]) for group in groups]
    assert found == [("河西区", "PLACE"), ("3.09亿元", "MONEY"), ("6100户", "HEADCOUNT")]
