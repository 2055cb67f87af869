"""Recipes: what they may say, and how a wrong one is answered."""

from pathlib import Path

import pytest

from povner.errors import RecipeError
from povner_training.recipes import FitRecipe, PretrainRecipe, StageSource, read_recipe
from povner_training.sources import EXTERNAL, load
from tests.conftest import ROOT

RECIPES = ROOT / "training" / "recipes"
SMALL = 'encoder = "e"\n[[stages]]\nepochs = 1\nsources = [{ name = "x" }]\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["full.toml", "open.toml"])
def test_the_project_s_recipes_are_valid_and_name_known_sources(name):
    recipe = read_recipe(RECIPES / name, FitRecipe)
    for stage in recipe.stages:
        for source in stage.sources:
            assert source.name in EXTERNAL or (ROOT / source.name).exists()


def test_the_pretraining_recipe_is_valid():
    recipe = read_recipe(RECIPES / "adapt.toml", PretrainRecipe)
    assert 10_000_000 <= sum(source.characters for source in recipe.text) <= 20_000_000


def test_open_needs_nothing_that_the_repository_lacks():
    recipe = read_recipe(RECIPES / "open.toml", FitRecipe)
    assert all(s.name not in EXTERNAL for stage in recipe.stages for s in stage.sources)
    assert recipe.dev == ()


def test_values_can_be_changed_on_the_line(tmp_path):
    changes = ["stages.0.epochs=2.5", "seed=7", "encoder=hfl/chinese-macbert-base"]
    recipe = read_recipe(write(tmp_path, SMALL), FitRecipe, changes)
    assert (recipe.stages[0].epochs, recipe.seed) == (2.5, 7)
    assert recipe.encoder == "hfl/chinese-macbert-base"


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("encoder = ", [], "no TOML"),
        (SMALL + "speed = 1\n", [], r"stages\.0\.speed: Extra inputs"),
        ('encoder = "e"\nstages = []\n', [], "stages"),
        (SMALL, ["stages.0.epochs=many"], r"stages\.0\.epochs"),
        (SMALL, ["stages.4.epochs=1"], "no place"),
        (SMALL, ["stages.0.epochs=-1"], r"stages\.0\.epochs: Input should be greater than 0"),
        (SMALL, ["stages.0.dropout=1"], r"stages\.0\.dropout"),
        (SMALL, ["stages.0.sources=[]"], r"stages\.0\.sources"),
        (SMALL, ["seed"], "expected key=value"),
    ],
)
def test_a_wrong_recipe_is_named(tmp_path, text, changes, message):
    with pytest.raises(RecipeError, match=message):
        read_recipe(write(tmp_path, text), FitRecipe, changes)


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"no recipe .*nowhere\.toml"):
        read_recipe(tmp_path / "nowhere.toml", FitRecipe)


def test_an_external_set_that_is_not_there_is_named_with_its_origin(tmp_path):
    for folder in (None, tmp_path):
        with pytest.raises(RecipeError, match="SIGHAN"):
            load(StageSource(name="msra"), folder, seed=1)


def test_sources_are_limited_repeated_and_left_out(sentences):
    name = str(sentences)
    assert len(load(StageSource(name=name), None, seed=1)) == 4
    assert len(load(StageSource(name=name, limit=2, repeat=3), None, seed=1)) == 6
    left = load(StageSource(name=name), None, seed=1, without=frozenset({"s1"}))
    assert [document.id for document in left] == ["s0", "s2", "s3"]
