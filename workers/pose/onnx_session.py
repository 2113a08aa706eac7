"""Opens ONNX files on ONNX Runtime; the only file that imports it for the vision networks.

Owns the session options; must never know what a network computes.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    NotImplemented,
    RuntimeException,
)

from core.errors import ModelError

_UNUSABLE = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile, NotImplemented, RuntimeException)


class OnnxModel:
    """One network with one picture as its input, on the CPU."""

    def __init__(
        self,
        path: Path,
        outputs: Mapping[str, tuple[int, ...]],
        *,
        side_px: int,
        threads: int = 1,
        channels_first: bool = False,
    ) -> None:
        """Open the file.

        Args:
            path: ONNX file with one input (batch, side_px, side_px, 3) float32.
            outputs: The outputs to ask for, with their shape without the batch dimension.
            side_px: Side of the input picture.
            threads: Within one operator. Workers run one process a core, so more than one only makes them compete.
            channels_first: The input is (batch, 3, side_px, side_px) instead.

        Raises ModelError if the file cannot be read or is another network.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        # Threads that spin while they wait burn the core that another worker needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        if not path.is_file():
            raise ModelError(f"there is no model file {path}; get the weights with: spotter models pull")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except _UNUSABLE as error:
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"the model {path} cannot be opened ({reason}); get it again with: spotter models pull"
            ) from error
        self._names = list(outputs)
        self._input = self._session.get_inputs()[0].name
        self._check(path, outputs, [3, side_px, side_px] if channels_first else [side_px, side_px, 3])

    def _check(self, path: Path, outputs: Mapping[str, tuple[int, ...]], expected_input: list[int]) -> None:
        if list(self._session.get_inputs()[0].shape[1:]) != expected_input:
            raise ModelError(
                f"the model {path} takes {self._session.get_inputs()[0].shape}, not (batch, *{expected_input});"
                " give a network of the kind that is asked for"
            )
        found = {output.name: tuple(output.shape[1:]) for output in self._session.get_outputs()}
        for name, shape in outputs.items():
            if found.get(name) != shape:
                raise ModelError(
                    f"the model {path} has no output {name} of shape {shape}; give a network of the kind that is"
                    " asked for, for BlazePose the one that spotter models pull made"
                )

    def run(self, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Outputs in the order asked for, for float32 pictures of the shape that the network takes."""
        answers: list[NDArray[np.float32]] = self._session.run(self._names, {self._input: pictures})
        return answers
