"""Writes the answers to all questions into one new folder, whole or not at all."""

import shutil
import tempfile
from pathlib import Path

from core.clock import utc_datetime, utc_ns
from core.errors import OutputError
from core.names import shown_name
from spotter.query.delivery import deliver, format_for
from spotter.query.gym import gym_of
from spotter.query.noting import chosen_text, noting
from spotter.query.questions import QUESTIONS, Chosen
from spotter.query.source import Source
from spotter.query.times import span_of
from spotter.replacing import output_errors


def export_all(
    folder: Path, *, path: Path, database: str | None, since: str | None, until: str | None, shape: str
) -> list[str]:
    """Names of the files that were written; raises ``OutputError`` and leaves nothing if one cannot be."""
    gym = gym_of(path, database)
    chosen = Chosen(span=span_of(since, until, gym.zone, utc_datetime(utc_ns())))
    format_for(shape, folder)
    with output_errors(folder):
        if folder.exists() or folder.is_symlink():
            raise OutputError(f"{shown_name(folder)}: is there already; name a folder that is not")
        scratch = Path(tempfile.mkdtemp(prefix=".spotter-", dir=folder.absolute().parent))
    try:
        files, rows = [], 0
        with Source(gym.database) as source:
            for question in QUESTIONS.values():
                file = scratch / f"{question.name}.{shape}"
                with source.ask(question, chosen) as answer:
                    deliver(answer, shape, file, gym.zone, name=folder / file.name)
                rows += answer.given
                files.append(file.name)
        noting(gym.database, "export", chosen_text("all", chosen))(rows)
        with output_errors(folder):
            scratch.chmod(0o700)
            scratch.rename(folder)
        return files
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
