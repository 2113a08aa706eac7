"""Our reading and extending of TFLite files against mediapipe's own schema, and the bundle in mediapipe's own hands."""

import numpy as np
import pytest

from workers.models import store
from workers.models.catalogue import DETECTOR, LANDMARKS
from workers.models.pull import ensure_pose_models
from workers.models.task_bundle import METADATA_NAME, task_bundle, with_metadata
from workers.models.tflite import Op, read_tflite

mediapipe = pytest.importorskip("mediapipe", reason="mediapipe, the reference to compare with, is not installed")


@pytest.fixture(scope="module", params=[DETECTOR, LANDMARKS["full"]], ids=lambda weights: weights.name)
def tflite(request):
    ensure_pose_models("full")
    return store.tflite_path(request.param).read_bytes()


def model_of(tflite):
    from mediapipe.tasks.metadata import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))


def test_the_reader_agrees_with_the_generated_schema(tflite):
    model, ours = model_of(tflite), read_tflite(tflite)
    graph = model.subgraphs[0]
    assert ours.inputs == tuple(graph.inputs)
    assert ours.outputs == tuple(graph.outputs)
    assert [tensor.name for tensor in ours.tensors] == [tensor.name.decode() for tensor in graph.tensors]
    assert [tensor.shape for tensor in ours.tensors] == [tuple(tensor.shape) for tensor in graph.tensors]
    for mine, theirs in zip(ours.operators, graph.operators, strict=True):
        code = model.operatorCodes[theirs.opcodeIndex]
        assert mine.op == max(code.builtinCode, code.deprecatedBuiltinCode)
        assert (mine.inputs, mine.outputs) == (tuple(theirs.inputs), tuple(theirs.outputs))
        if mine.op in (Op.CONV_2D, Op.DEPTHWISE_CONV_2D):
            options = theirs.builtinOptions
            assert mine.options == {
                "padding": options.padding,
                "stride_w": options.strideW,
                "stride_h": options.strideH,
                "activation": options.fusedActivationFunction,
                "dilation_w": options.dilationWFactor,
                "dilation_h": options.dilationHFactor,
            }


def test_the_added_metadata_is_what_mediapipe_reads(tflite):
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema

    before, after = model_of(tflite), model_of(with_metadata(tflite, 0.0, 255.0))
    assert (after.version, after.description) == (before.version, before.description)
    assert len(after.subgraphs[0].tensors) == len(before.subgraphs[0].tensors)
    for old, new in zip(before.buffers, after.buffers, strict=False):
        np.testing.assert_array_equal(old.data, new.data)
    (entry,) = [entry for entry in after.metadata if entry.name.decode() == METADATA_NAME]
    content = bytes(after.buffers[entry.buffer].data)
    described = metadata_schema.ModelMetadataT.InitFromObj(metadata_schema.ModelMetadata.GetRootAs(content, 0))
    (picture,) = described.subgraphMetadata[0].inputTensorMetadata
    assert picture.content.contentProperties.colorSpace == metadata_schema.ColorSpaceType.RGB
    assert len(described.subgraphMetadata[0].outputTensorMetadata) == len(after.subgraphs[0].outputs)
    if len(after.buffers) > len(before.buffers):
        (unit,) = picture.processUnits
        assert (unit.options.mean.tolist(), unit.options.std.tolist()) == ([0.0], [255.0])


def test_tasks_loads_the_bundle():
    ensure_pose_models("full")
    path = task_bundle("full")
    assert task_bundle("full") == path
    vision = mediapipe.tasks.vision
    options = vision.PoseLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(path)), running_mode=vision.RunningMode.IMAGE
    )
    empty = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.zeros((64, 64, 3), np.uint8))
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        assert landmarker.detect(empty).pose_landmarks == []
