"""The training command line end to end, on the tiny encoder."""

import json
import lzma
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from pydantic import ValidationError
from transformers import AutoModel, AutoTokenizer, BertConfig
from typer.main import get_command
from typer.testing import CliRunner

from povner import Extractor
from povner.errors import RecipeError
from povner_training import fit as fitting
from povner_training.cli import app
from povner_training.evaluate import evaluate, lac_finder
from povner_training.examples import examples, tag_set_loss
from povner_training.pretrain import Student, pretrain
from povner_training.recipes import PretrainRecipe
from povner_training.release import fit, leave_one_out
from povner_training.sources import TrainingDocument
from povner_training.teacher import IGNORED, tag_characters, teacher_tags
from tests.conftest import SENTENCES, annotation_line


def test_the_model_folder_says_how_it_was_made(tiny_model, sentences):
    metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["dev"]["micro"]["f1"] == 1.0
    assert list(metrics["sources"][str(sentences)]["sha256"]) == [sentences.name]
    assert metrics["recipe"]["stages"][0]["epochs"] == 60
    assert (tiny_model / "recipe.toml").is_file()
    card = (tiny_model / "README.md").read_text(encoding="utf-8")
    assert "| micro | 1.000 | 1.000 | 1.000 | 8 |" in card
    assert "None" not in card


def test_the_recipe_in_the_folder_makes_the_same_model_again(tiny_model, tiny_recipe):
    from povner_training.recipes import FitRecipe, read_recipe

    assert read_recipe(tiny_model / "recipe.toml", FitRecipe) == tiny_recipe()


def test_a_model_is_never_overwritten(tiny_model, tiny_recipe, tmp_path):
    with pytest.raises(RecipeError, match="exists already"):
        fit(tiny_recipe(), tiny_model, tmp_path / "work", None, resume=False)


def test_an_interrupted_run_goes_on_where_it_stopped(tiny_recipe, tmp_path, monkeypatch):
    steps = []
    real_loss = tag_set_loss

    def loss(outputs, labels, num_items_in_batch=None):
        steps.append(1)
        if len(steps) == 31:
            raise KeyboardInterrupt
        return real_loss(outputs, labels)

    monkeypatch.setattr(fitting, "tag_set_loss", loss)
    recipe = tiny_recipe(dev=[])
    with pytest.raises(KeyboardInterrupt):
        fitting.train(recipe, tmp_path / "work", None, resume=False)
    with pytest.raises(RecipeError, match="--resume"):
        fitting.train(recipe, tmp_path / "work", None, resume=False)
    with pytest.raises(RecipeError, match="differs in seed"):
        fitting.train(recipe.model_copy(update={"seed": 2}), tmp_path / "work", None, resume=True)
    folder = fitting.train(recipe, tmp_path / "work", None, resume=True)
    assert (folder / "config.json").is_file()
    assert len(steps) == 31 + 30  # 60 steps in all; the last checkpoint was at step 30
    assert fitting.train(recipe, tmp_path / "work", None, resume=True) == folder
    assert len(steps) == 61


def test_two_stages_and_a_source_without_some_labels(tiny_recipe, sentences, tmp_path):
    """The second stage starts from the first; what the first does not cover, it does not unlearn."""
    full = tiny_recipe().stages[0].model_dump()
    names = tmp_path / "data"
    names.mkdir()
    places = [
        {"text": text, "entities": [[text.index(s), text.index(s) + len(s), "LOC" if label == "PLACE" else "ORG"] for s, label in spans if label in ("PLACE", "ORG")]}
        for text, spans in SENTENCES
    ]  # fmt: skip
    (names / "data").mkdir()
    with lzma.open(names / "data" / "msra_train.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in places)
    weak = full | {"sources": [{"name": "msra"}], "epochs": 40, "learning_rate": 2e-3}
    recipe = tiny_recipe(stages=[full, weak])
    fit(recipe, tmp_path / "model", tmp_path / "work", names, resume=False)
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["dev"]["MONEY"]["recall"] == metrics["dev"]["HEADCOUNT"]["recall"] == 1.0
    assert "SIGHAN" in metrics["sources"]["msra"]["origin"]


def test_leave_one_out_scores_what_was_not_seen(tiny_model, sentences, tmp_path, monkeypatch):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    read: list[set[str]] = []

    def spy(documents, *arguments):
        documents = list(documents)
        read.append({document.id for document in documents})
        return examples(documents, *arguments)

    monkeypatch.setattr(fitting, "examples", spy)
    report = leave_one_out(model, sentences, tmp_path / "work", None, resume=False)
    everything = {"s0", "s1", "s2", "s3"}
    trained_on, measured_on = read[::2], read[1::2]
    assert trained_on == [everything - {left} for left in sorted(everything)]
    assert measured_on == [everything] * 4  # the recipe's dev, which is only watched
    gold = {
        name: systems["povner"]["micro"]["gold"] for name, systems in report["documents"].items()
    }
    assert gold == {"s0": 3, "s1": 3, "s2": 2, "s3": 0}
    assert report["all"]["povner"]["micro"]["gold"] == 8
    assert report["all"]["povner"]["micro"]["f1"] < 1
    assert "Left one out" in (model / "README.md").read_text(encoding="utf-8")
    assert leave_one_out(model, sentences, tmp_path / "work", None, resume=True) == report


def test_leave_one_out_wants_documents_that_only_the_last_stage_reads(
    tiny_model, sentences, tmp_path
):
    other = tmp_path / "other.jsonl"
    shutil.copy(sentences, other)
    with pytest.raises(RecipeError, match="must read"):
        leave_one_out(tiny_model, other, tmp_path / "work", None, resume=False)


def commands_of(card):
    return [line.strip() for line in card.splitlines() if line.startswith("    povner-train ")]


def test_the_commands_on_a_card_can_be_given(tiny_model, sentences, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    leave_one_out(model, sentences, tmp_path / "work", None, resume=False)
    commands = commands_of((model / "README.md").read_text(encoding="utf-8"))
    names = [command.split()[1] for command in commands]
    assert names == ["leave-one-out", "evaluate", "fit"]
    group: Any = get_command(app)
    for command in commands:
        _, name, *arguments = command.split()
        group.commands[name].make_context(name, arguments)


def test_the_commands_score_and_export(tiny_model, sentences, tmp_path):
    runner = CliRunner()
    out = tmp_path / "scores.json"
    scored = runner.invoke(app, ["evaluate", str(tiny_model), str(sentences), "--json", str(out)])
    assert scored.exit_code == 0
    assert "| PLACE | 1.000 | 1.000 | 1.000 | 2 |" in scored.stdout
    assert json.loads(out.read_text(encoding="utf-8"))["ORG"]["f1"] == 1.0
    exported = runner.invoke(app, ["export", str(tiny_model)])
    assert exported.stdout.startswith("largest difference from torch in a logit")
    listed = runner.invoke(app, ["data", str(tmp_path)])
    assert "msra: missing" in listed.stdout
    assert "research use" in listed.stdout


def test_fit_on_the_command_line_takes_any_bert_and_changes(
    tiny_encoder, tiny_recipe, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    recipe = tiny_recipe(encoder="nowhere").model_dump(mode="json", exclude_none=True)
    Path("recipe.toml").write_text(tomli_w.dumps(recipe), encoding="utf-8")
    arguments = ["fit", "recipe.toml", "--out", "mine", "--encoder", str(tiny_encoder)]
    result = CliRunner().invoke(app, [*arguments, "--set", "stages.0.epochs=2"])
    assert result.exit_code == 0
    metrics = json.loads(Path("mine/metrics.json").read_text(encoding="utf-8"))
    assert metrics["recipe"]["encoder"] == str(tiny_encoder)
    assert metrics["recipe"]["stages"][0]["epochs"] == 2
    assert Path("runs/mine/stage-0/model/config.json").is_file()


def test_an_unknown_encoder_is_named(tiny_recipe, tmp_path):
    with pytest.raises(RecipeError, match="There is no encoder"):
        fit(
            tiny_recipe(encoder=str(tmp_path / "none")),
            tmp_path / "m",
            tmp_path / "w",
            None,
            resume=False,
        )


def test_a_window_longer_than_the_encoder_reads_is_refused(tiny_recipe, tmp_path):
    with pytest.raises(RecipeError, match="reads 64 tokens"):
        fit(tiny_recipe(window=63), tmp_path / "m", tmp_path / "w", None, resume=False)


def test_the_teacher_tags_every_character():
    text = "张三在北京市工作"
    tags = [teacher_tags()[tag] for tag in tag_characters(text)]
    assert tags[:6] == ["PER-B", "PER-I", "p-B", "LOC-B", "LOC-I", "LOC-I"]
    assert len(tags) == len(text)


def test_lac_finds_chains_and_bodies_in_the_noisy_traditional_page():
    text = "延慶區與河北省張家口市(shì)宣化區結對。\n新華社報道"
    found = {(text[start:end], label) for start, end, label in lac_finder()(text)}
    assert ("延慶區", "PLACE") in found
    assert ("河北省張家口市(shì)宣化區", "PLACE") in found
    assert ("新華社", "ORG") in found
    score = evaluate(lac_finder(), [TrainingDocument("a", text, frozenset({(0, 3, "PLACE")}))])
    assert score["PLACE"].tp == 1


def test_pretraining_writes_an_encoder_and_goes_on(tmp_path: Path):
    lines = [f"{text}{number}" for text, _ in SENTENCES for number in range(200)]
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    recipe = PretrainRecipe.model_validate(
        {
            "layers": [0],
            "text": [{"file": "text.txt", "characters": 10**6, "keywords": ["脱贫"]}],
            "block_size": 32,
            "batch_size": 64,
        }
    )
    work, out = tmp_path / "work", tmp_path / "encoder"
    scores = pretrain(recipe, tmp_path, work, out)
    assert 0 < scores["tag_agreement"] <= 1
    assert AutoModel.from_pretrained(out, add_pooling_layer=False).config.num_hidden_layers == 1
    assert len(AutoTokenizer.from_pretrained(out)("脱贫")["input_ids"]) == 4
    blocks = work / "blocks"
    written = blocks.stat().st_mtime_ns
    assert pretrain(recipe, tmp_path, work, tmp_path / "again") == scores
    assert blocks.stat().st_mtime_ns == written
    other = recipe.model_copy(update={"learning_rate": 1e-3})
    with pytest.raises(RecipeError, match="differs in learning_rate"):
        pretrain(other, tmp_path, work, tmp_path / "third")
    with pytest.raises(RecipeError, match="exists already"):
        pretrain(recipe, tmp_path, work, out)


def test_pretraining_goes_on_from_an_encoder_and_guesses_hidden_words(tmp_path: Path):
    lines = [f"{text}{number}" for text, _ in SENTENCES for number in range(200)]
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    common = {
        "text": [{"file": "text.txt", "characters": 10**6}],
        "block_size": 32,
        "batch_size": 64,
    }
    first = PretrainRecipe.model_validate({"layers": [0], **common})
    pretrain(first, tmp_path, tmp_path / "work", tmp_path / "first")
    more = {"start": str(tmp_path / "first"), "hidden_words": 0.3, **common}
    second = PretrainRecipe.model_validate(more)
    scores = pretrain(second, tmp_path, tmp_path / "more", tmp_path / "second")
    assert scores["tag_agreement"] > 0.3
    before, after = (
        AutoModel.from_pretrained(tmp_path / name, add_pooling_layer=False)
        for name in ("first", "second")
    )
    assert not torch.equal(
        before.embeddings.word_embeddings.weight[9], after.embeddings.word_embeddings.weight[9]
    )
    with pytest.raises(ValidationError, match="either from `layers`"):
        PretrainRecipe.model_validate({**more, "layers": [0]})
    nowhere = second.model_copy(update={"start": str(tmp_path / "nowhere")})
    with pytest.raises(RecipeError, match="is no folder"):
        pretrain(nowhere, tmp_path, tmp_path / "third", tmp_path / "third-out")


def test_words_are_hidden_whole():
    config = BertConfig(vocab_size=50, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    student = Student(config, word_starts=[0], hidden_share=0.5, mask_id=4, special_tokens=5)
    ids = torch.full((64, 9), 7)
    tags = torch.tensor([[IGNORED, 0, 1, 1, 0, 0, 1, 1, IGNORED]]).repeat(64, 1)
    shown, hidden = student.hide(ids, tags)
    assert not hidden[:, [0, 8]].any()
    assert torch.equal(hidden[:, 1], hidden[:, 3])
    assert torch.equal(hidden[:, 5], hidden[:, 7])
    assert 0.3 < hidden[:, 1:8].float().mean() < 0.7
    assert torch.equal(shown[~hidden], ids[~hidden])
    assert (shown[hidden] == 4).float().mean() > 0.6
    assert shown.min() >= 4


def test_too_little_text_is_named(tmp_path: Path):
    (tmp_path / "text.txt").write_text(SENTENCES[0][0], encoding="utf-8")
    recipe = PretrainRecipe.model_validate(
        {"layers": [0], "text": [{"file": "text.txt", "characters": 100}], "block_size": 16}
    )
    with pytest.raises(RecipeError, match="makes 1 blocks"):
        pretrain(recipe, tmp_path, tmp_path / "work", tmp_path / "out")


def test_raw_text_that_is_missing_is_named(tmp_path):
    recipe = PretrainRecipe.model_validate(
        {"layers": [0], "text": [{"file": "none.txt", "characters": 9}]}
    )
    with pytest.raises(RecipeError, match=r"none\.txt is missing"):
        pretrain(recipe, tmp_path, tmp_path / "work", tmp_path / "out")


def test_a_dev_source_must_annotate_all_labels(tiny_recipe, tmp_path):
    (tmp_path / "data").mkdir()
    with lzma.open(tmp_path / "data" / "msra_train.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": "在天津", "entities": [[1, 3, "LOC"]]}) + "\n")
    recipe = tiny_recipe(dev=[{"name": "msra"}])
    with pytest.raises(RecipeError, match="must annotate all of MONEY"):
        fit(recipe, tmp_path / "m", tmp_path / "w", tmp_path, resume=False)


def test_the_installed_script_answers_with_one_line(tmp_path):
    script = Path(sysconfig.get_path("scripts"), "povner-train")
    result = subprocess.run(
        [script, "check", tmp_path / "none"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "does not exist" in result.stderr


def test_a_model_is_adapted_to_new_annotations_with_a_new_label(tiny_model, tmp_path):
    texts = ["今年的天气很好。", "大家都很高兴，天气很好。", "天气很好。", "今年报道天气。"]
    mine = tmp_path / "mine.jsonl"
    mine.write_text(
        "\n".join(
            annotation_line(str(number), text, [("天气", "WEATHER")])
            for number, text in enumerate(texts)
        ),
        encoding="utf-8",
    )
    out = tmp_path / "adapted"
    runner = CliRunner()
    command = ["fit", "--from", str(tiny_model), str(mine), "--out", str(out)]
    command += ["--work", str(tmp_path / "work"), "--dev", str(mine)]
    command += ["--set", "stages.0.epochs=200", "--set", "stages.0.learning_rate=2e-3"]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    extractor = Extractor(out)
    assert [entity.text for entity in extractor(texts[1]).entities] == ["天气"]
    known = [entity.label for entity in extractor(SENTENCES[0][0]).entities]
    assert {"MONEY", "PLACE"} & set(known)
    assert json.loads((out / "metrics.json").read_text("utf-8"))["dev"]["WEATHER"]["f1"] == 1.0
    wrong = runner.invoke(app, ["check", str(mine)])
    assert wrong.exit_code == 1
    assert "unknown label" in wrong.output
    assert runner.invoke(app, ["check", str(mine), "--label", "WEATHER"]).exit_code == 0
    scores = runner.invoke(app, ["evaluate", str(out), str(mine)])
    assert "| WEATHER | 1.000 | 1.000 | 1.000 | 4 |" in scores.output


def test_fit_follows_one_recipe(tmp_path):
    result = CliRunner().invoke(app, ["fit", "a.toml", "b.toml", "--out", str(tmp_path / "x")])
    assert isinstance(result.exception, RecipeError)
    assert "add --from" in str(result.exception)
