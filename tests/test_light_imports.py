"""Importing povner and asking it for help load nothing heavy and take no time."""

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

HEAVY = {"numpy", "onnxruntime", "pandas", "tokenizers", "torch", "transformers"}
COMMAND = Path(sysconfig.get_path("scripts"), "povner")
LIMIT = 0.3  # seconds
TRIES = 20  # on a busy machine most runs are slow, but hardly all


@pytest.mark.parametrize(
    "statement",
    [
        "import povner",
        "from povner.cli import app; app(['--help'], standalone_mode=False)",
        "from povner.cli import app; app(['extract', '--help'], standalone_mode=False)",
        "from povner.cli import app; app(['--version'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded(statement):
    code = f"import sys; {statement}; print('loaded:', *sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.rpartition("loaded:")[2].split())
    assert "povner" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_command_answers_at_once(option):
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([COMMAND, option], capture_output=True, check=True)
        return time.perf_counter() - start

    assert any(seconds() < LIMIT for _ in range(TRIES)), f"over {LIMIT} s in {TRIES} tries"
