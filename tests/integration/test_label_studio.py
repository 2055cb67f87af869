"""What we write for Label Studio is read by its own converter, in an environment of its own."""

import json
import subprocess
import venv
from pathlib import Path

import pytest

from povner_training.exchange import label_studio
from tests.unit.test_exchange import DOCUMENT, EMPTY

pytestmark = pytest.mark.long

CONVERT = """
import sys
from label_studio_sdk.converter import Converter
tasks, config, out, kind = sys.argv[1:]
converter = Converter(config=config, project_dir=None, download_resources=False)
converter.convert(tasks, out, kind, is_dir=False)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds label-studio-sdk."""
    folder = tmp_path_factory.mktemp("label-studio")
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "label-studio-sdk"], check=True)
    return python


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    label_studio.write([DOCUMENT, EMPTY], tmp_path / "tasks.json")
    (tmp_path / "config.xml").write_text(label_studio.CONFIG, encoding="utf-8")
    return tmp_path


def converted(python: Path, folder: Path, kind: str) -> Path:
    out = folder / kind
    subprocess.run(
        [python, "-c", CONVERT, folder / "tasks.json", folder / "config.xml", out, kind],
        check=True,
    )
    return out


def test_its_short_json_has_our_spans(python: Path, tasks: Path) -> None:
    (file,) = converted(python, tasks, "JSON_MIN").rglob("*.json")
    first, *_ = json.loads(file.read_text("utf-8"))
    found = {(each["start"], each["end"], each["labels"][0]) for each in first["label"]}
    assert found == DOCUMENT.keys()
    assert first["text"] == DOCUMENT.text


def test_its_full_json_comes_back(python: Path, tasks: Path) -> None:
    (file,) = converted(python, tasks, "JSON").rglob("*.json")
    assert [document.spans for document in label_studio.read(file)] == [
        DOCUMENT.spans,
        EMPTY.spans,
    ]
