"""``spotter leaderboard``: all models of the zoo trained and measured alike, as one table."""

from pathlib import Path

import click

from spotter.finite import FiniteRange


@click.command(short_help="Train, measure and compare the models of the zoo.")
@click.option(
    "--data", "files", multiple=True, required=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Labelled landmarks, recorded or drawn; repeatable.",
)  # fmt: skip
@click.option("--model", "models", multiple=True, metavar="MODEL", help="Only this model; repeatable.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .md page with the table's two markers.")
@click.option(
    "--work", type=click.Path(path_type=Path, file_okay=False), default=Path("out/leaderboard"), show_default=True,
    help="Folder of runs, reports and pictures; what is in it is not measured again.",
)  # fmt: skip
@click.option("--minutes", type=FiniteRange(0), default=60, show_default=True, help="For all models; 0: no limit.")
@click.option("--folds", type=click.IntRange(0), default=5, show_default=True, help="Trainings; 0: one per group.")
@click.option("--epochs", type=click.IntRange(3), default=15, show_default=True, help="At most, as the time allows.")
@click.option("--draws", type=click.IntRange(100), default=4000, show_default=True, help="Windows an epoch.")
@click.option("--augment", type=FiniteRange(0, 2), default=1, show_default=True, help="Strength of changes; 0: none.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Of folds and trainings.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Processor threads.")
def leaderboard(  # noqa: PLR0913  # every option of a comparison
    *,
    files: tuple[Path, ...],
    models: tuple[str, ...],
    out: Path | None,
    work: Path,
    minutes: float,
    folds: int,
    epochs: int,
    draws: int,
    augment: float,
    seed: int,
    threads: int,
) -> None:
    """Train each model of windows without some people, ask it about them, and write all figures as one table.

    Beside real people, drawn ones always train and are never asked about; one more training uses them alone.
    """
    from datetime import date

    from training.dataset.landmarks import read_tracks
    from training.dataset.splits import fingerprint
    from training.export.onnx_export import imported_torch
    from training.leaderboard import Plan, measure_models, people_of
    from training.leaderboard_page import check_page, put_into_page
    from training.leaderboard_page import leaderboard as as_table
    from training.models import MODELS, WINDOWS, entry_of

    imported_torch()
    if out is not None:
        check_page(out)
    chosen = [entry_of(name).name for name in models] or [e.name for e in MODELS.values() if e.kind == WINDOWS]
    tracks = [track for file in files for track in read_tracks(file)]
    people = people_of(tracks, " ".join(fingerprint(file) for file in files))
    plan = Plan(folds, epochs, draws, augment, seed, threads, minutes)
    rows = measure_models(chosen, people, plan, work, lambda line: click.echo(line, err=True))
    if not rows:
        raise click.ClickException("no model was measured; give more --minutes or fewer --epochs")
    drawn = ", with all synthetic people in every training" if people.synthetic else ""
    table = as_table(
        rows, f"{folds or 'Leave-one-group-out'} folds by group{drawn}, seed {seed}.", date.today()
    )  # fmt: skip
    click.echo(table)
    if out is not None:
        put_into_page(out, table)
