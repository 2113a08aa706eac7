"""Every frame's landmarks as a NumPy archive; described in docs/analyze.md.

The rows are spilled to unnamed files as they come, so that memory stays flat however long the recording is.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike

from core.frame import Frame
from spotter.analysis import ClipAnalysis, Seen
from spotter.replacing import ReplacingFile, output_errors

COPY_BYTES = 2**20


class _Column:
    """One array of the archive that grows along its first axis, on disk."""

    def __init__(self, folder: Path, dtype: DTypeLike, row_shape: tuple[int, ...] = ()) -> None:
        self._dtype = np.dtype(dtype)
        self._row_shape = row_shape
        self._rows = 0
        # Beside the target: a folder for temporary files is often small, or even memory.
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix=".spotter-", dir=folder)  # noqa: SIM115  # closed by close

    def append(self, row: object) -> None:
        self._file.write(np.ascontiguousarray(row, dtype=self._dtype).reshape(self._row_shape).tobytes())
        self._rows += 1

    def write_npy(self, out: IO[bytes]) -> None:
        self._file.flush()
        self._file.seek(0)
        shape = (self._rows, *self._row_shape)
        header = {"descr": npy.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(out, header)
        shutil.copyfileobj(self._file, out, COPY_BYTES)

    def close(self) -> None:
        # What is still buffered may not fit on a full disk; it is not wanted any more.
        try:
            self._file.close()
        except OSError:
            return


class KeypointsFile:
    """Writes the landmarks of every person in every frame to an ``.npz``; see ``spotter.outputs.Output``."""

    def __init__(self, target: Path) -> None:
        self._replacing = ReplacingFile(target)
        folder = target.parent
        with output_errors(target):
            self._columns = {
                "frame": _Column(folder, "<i4"),
                "time_s": _Column(folder, "<f8"),
                "person": _Column(folder, "<i4"),
                "landmarks": _Column(folder, "<f4", (33, 4)),
                "world": _Column(folder, "<f4", (33, 3)),
                "frame_time_s": _Column(folder, "<f8"),
            }

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Append one frame's time and its people's landmarks."""
        with output_errors(self._replacing.target):
            self._columns["frame_time_s"].append(time_s)
            for one in seen:
                self._columns["frame"].append(frame.sequence)
                self._columns["time_s"].append(time_s)
                self._columns["person"].append(one.person.track)
                self._columns["landmarks"].append(one.person.landmarks)
                self._columns["world"].append(one.person.world)

    def finish(self, analysis: ClipAnalysis) -> None:
        """Put the columns together into the archive."""
        with output_errors(self._replacing.target):
            with zipfile.ZipFile(self._replacing.path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                for name, column in self._columns.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        column.write_npy(member)
                with archive.open("size_px.npy", "w") as member:
                    npy.write_array(member, np.array([analysis.width, analysis.height], dtype="<i4"))
            self._replacing.commit()
        self._close()

    def discard(self) -> None:
        """Remove what was written, unless the file is in its place already."""
        self._close()
        self._replacing.discard()

    def _close(self) -> None:
        for column in self._columns.values():
            column.close()
