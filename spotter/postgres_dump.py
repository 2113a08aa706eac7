"""Copies a Postgres database with the server's own tool, where it is installed."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from core.errors import OutOfReachError
from core.secrets import without_secrets
from spotter.replacing import ReplacingFile

LONGEST_S = 6 * 3600


def dump(url: URL, target: Path) -> None:
    """Write an archive that pg_restore reads; raises ``OutOfReachError`` that says what to run where."""
    program = shutil.which("pg_dump")
    name = url.render_as_string(hide_password=True)
    if program is None:
        raise OutOfReachError(
            f"{name} is copied with pg_dump, which is not on this machine: install the Postgres client, or run "
            f"pg_dump --format=custom --file={target} {url.database} on the server"
        )
    file = ReplacingFile(target)
    # The password goes neither into the list of processes nor into a message.
    environ = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    line = [program, "--format=custom", "--no-password", f"--file={file.path}", f"--dbname={plain}"]
    try:
        done = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        if done.returncode != 0:
            said = " ".join(without_secrets(done.stderr).split())[:500]
            raise OutOfReachError(f"pg_dump does not copy {name}: {said}")
        file.commit()
    except subprocess.TimeoutExpired:
        raise OutOfReachError(f"pg_dump does not end within {LONGEST_S // 3600} h; look at the server") from None
    finally:
        file.discard()


def how_to_restore(url: URL, archive: Path) -> str:
    """The sentence that says how an archive is put back."""
    name = url.render_as_string(hide_password=True)
    return (
        f"{name} is restored on its server: stop Spotter, then run pg_restore --clean --if-exists --no-owner "
        f"--dbname={url.database} {archive}"
    )
