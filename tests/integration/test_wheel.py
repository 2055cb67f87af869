"""The wheel holds the library, its data, the training code and the model, and nothing big."""

import zipfile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel"))))
    with zipfile.ZipFile(built) as wheel:
        return {info.filename: info.file_size for info in wheel.infolist()}


@pytest.mark.parametrize(
    "name",
    [
        "povner/__init__.py",
        "povner/py.typed",
        "povner/data/t2s.txt",
        "povner_training/templates/card.md.jinja",
        "povner/models/povner-base/config.json",
        "povner/models/povner-base/tokenizer.json",
        "povner/models/povner-base/tokenizer_config.json",
        "povner/models/povner-base/onnx/model_int8.onnx",
    ],
)
def test_the_wheel_holds(names, name):
    assert names[name] > 0 or name.endswith("py.typed")


def test_the_wheel_leaves_out_what_only_training_needs(names):
    assert not [name for name in names if name.endswith((".safetensors", "model.onnx"))]
    assert sum(names.values()) < 60_000_000
