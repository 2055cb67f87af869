"""Environments of their own for peers, whose dependencies would not fit beside povner's."""

import subprocess
import venv
from pathlib import Path


def make_environment(folder: Path, requirements: Path) -> Path:
    """Install the packages of a requirements file into a new environment; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    return python
