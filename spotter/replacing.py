"""A file that appears under its name only when it is complete."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import OutputError
from core.names import shown_name


@contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Turn errors of the system while writing ``target`` into an ``OutputError`` that names it."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{shown_name(target)}: cannot be written ({error.strerror or error})") from error


class ReplacingFile:
    """A temporary file beside ``target`` that takes its place on ``commit`` and vanishes on ``discard``.

    A link stays a link, and the file that it names is replaced. Raises ``OutputError`` at once if the folder is missing
    or not writable, or if there is something else than a file, such as /dev/null, which would no longer be there.
    """

    def __init__(self, target: Path) -> None:
        with output_errors(target):
            target = Path(os.path.realpath(target)) if target.is_symlink() else target
            if target.is_dir():
                raise OutputError(f"{shown_name(target)}: cannot be written, it is a folder")
            if target.exists() and not target.is_file():
                raise OutputError(
                    f"{shown_name(target)}: cannot be replaced by a result, it is no ordinary file; name another one"
                )
        self.target = target
        with output_errors(target):
            number, name = tempfile.mkstemp(prefix=".spotter-", suffix=target.suffix, dir=target.parent)
            os.close(number)
        self.path = Path(name)
        """Where to write; has the suffix of the target."""

    def commit(self, like: os.stat_result | None = None) -> None:
        """Put the file in the target's place, with the permissions that a new file would have.

        ``like`` gives permissions and owner instead; raises ``OutputError`` if this user may not give them.
        """
        with output_errors(self.target):
            if like is not None:
                here = self.path.stat()
                if (here.st_uid, here.st_gid) != (like.st_uid, like.st_gid):
                    os.chown(self.path, like.st_uid, like.st_gid)
                mode = stat.S_IMODE(like.st_mode)
            else:
                mask = os.umask(0)
                os.umask(mask)
                mode = 0o666 & ~mask
            self.path.chmod(mode)
            self.path.replace(self.target)

    def discard(self) -> None:
        """Remove the temporary file if it is still there."""
        self.path.unlink(missing_ok=True)
