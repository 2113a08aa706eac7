"""The converted networks against LiteRT on the same weights: raw outputs, alone and in a batch."""

import os
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from ai_edge_litert.interpreter import Interpreter

from workers.models import store
from workers.models.catalogue import DETECTOR, LANDMARKS, VARIANTS
from workers.models.convert import CONVERTER_VERSION, OUTPUT_SHAPES
from workers.models.pull import ensure_pose_models

TOLERANCE = 1e-3
"""Absolute, on raw outputs; landmarks are in pixels of 256, boxes in pixels of 224."""
ROUNDING = 5e-6
"""Relative, 40 units in the last place of float32: anchors far from a person give boxes of many hundred pixels."""
Z_TOLERANCE = 5e-3
"""For depth, which is a sum of large terms that cancel: measured in float64, LiteRT and ONNX Runtime are each as far
from the exact value as from one another (up to 4e-3 of +-200 px, on photographs of crowds). A wrong operator shows as
1 or more. Everything else stays below TOLERANCE."""


def drawn_person(lean_px=0):
    """A person of simple shapes, (256, 256, 3) uint8 RGB, standing in the middle; the network is sure to see one."""
    picture = np.full((256, 256, 3), 175, np.uint8)
    picture[195:] = (120, 110, 100)
    skin, shirt, trousers = (225, 180, 150), (180, 50, 50), (50, 60, 110)
    neck, hip = (128 + lean_px, 72), (128, 140)
    for side in (-1, 1):
        knee, ankle = (128 + 16 * side, 182), (128 + 18 * side, 222)
        cv2.line(picture, (128 + 10 * side, 138), knee, trousers, 19, cv2.LINE_AA)
        cv2.line(picture, knee, ankle, trousers, 14, cv2.LINE_AA)
        cv2.line(picture, ankle, (ankle[0] + 9 * side, 228), (40, 40, 40), 9, cv2.LINE_AA)
        shoulder, elbow = (neck[0] + 23 * side, 78), (neck[0] + 37 * side, 112)
        cv2.line(picture, shoulder, elbow, shirt, 14, cv2.LINE_AA)
        cv2.line(picture, elbow, (elbow[0] + 4 * side, 143), skin, 9, cv2.LINE_AA)
        cv2.circle(picture, (elbow[0] + 4 * side, 147), 6, skin, -1, cv2.LINE_AA)
    torso = np.array([(neck[0] - 26, 72), (neck[0] + 26, 72), (hip[0] + 19, 142), (hip[0] - 19, 142)])
    cv2.fillConvexPoly(picture, torso, shirt, cv2.LINE_AA)
    cv2.line(picture, neck, (neck[0], 58), skin, 13, cv2.LINE_AA)
    cv2.ellipse(picture, (neck[0], 44), (14, 19), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (neck[0], 33), (15, 10), 0, 180, 360, (60, 40, 30), -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(picture, (neck[0] + 5 * side, 42), 2, (30, 30, 30), -1, cv2.LINE_AA)
    cv2.line(picture, (neck[0] - 4, 54), (neck[0] + 4, 54), (160, 80, 80), 2, cv2.LINE_AA)
    shaded = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32)
    light = np.linspace(1.05, 0.85, 256, dtype=np.float32)[None, :, None]
    noise = np.random.default_rng(1).normal(0, 3, picture.shape)
    return np.clip(shaded * light + noise, 0, 255).astype(np.uint8)


def photographs():
    """Pictures of people around us, where the machine has any: the middle square of each."""
    folder = os.environ.get("SPOTTER_IMAGES")
    paths = sorted(Path(folder).rglob("*.jpg"))[:6] if folder else []
    for path in paths:
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        yield picture[top : top + side, left : left + side]


def batch(side_px, low, high, pictures):
    resized = [cv2.resize(picture, (side_px, side_px), interpolation=cv2.INTER_AREA) for picture in pictures]
    return (np.stack(resized).astype(np.float32) / 255 * (high - low) + low).astype(np.float32)


def litert_outputs(tflite, pictures):
    """Outputs of LiteRT by shape, for each picture."""
    interpreter = Interpreter(model_content=tflite, num_threads=1)
    interpreter.allocate_tensors()
    results = []
    for picture in pictures:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
        interpreter.invoke()
        details = interpreter.get_output_details()
        results.append({tuple(item["shape"][1:]): interpreter.get_tensor(item["index"])[0] for item in details})
    return {shape: np.stack([result[shape] for result in results]) for shape in results[0]}


def onnx_outputs(path, pictures):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"image": pictures}), strict=True))


def tflite_of(weights):
    ensure_pose_models("full")
    path = store.tflite_path(weights)
    if not path.is_file():
        pytest.skip(f"{weights.name} is not in the cache; only full can be fetched through pip's index")
    return path.read_bytes()


def assert_agree(kind, converted, reference):
    for name, values in converted.items():
        expected = reference[OUTPUT_SHAPES[kind][name]]
        assert values.shape == expected.shape
        difference = np.abs(values - expected)
        if name == "landmarks":
            assert difference.reshape(-1, 39, 5)[:, :, 2].max() <= Z_TOLERANCE
            difference = np.delete(difference.reshape(-1, 39, 5), 2, axis=2)
            expected = np.delete(expected.reshape(-1, 39, 5), 2, axis=2)
        excess = difference - ROUNDING * np.abs(expected)
        assert excess.max() <= TOLERANCE, name


PICTURES = [drawn_person(), drawn_person(lean_px=20), drawn_person(lean_px=-25)]


@pytest.mark.parametrize("variant", VARIANTS)
def test_landmarks_agree_with_litert(variant):
    tflite = tflite_of(LANDMARKS[variant])
    pictures = batch(256, 0, 1, PICTURES)
    reference = litert_outputs(tflite, pictures)
    assert reference[(1,)].min() > 0.5, "the drawn person is not seen: the comparison would be of noise"
    path = store.pose_models(variant).landmarks
    together = onnx_outputs(path, pictures)
    assert set(together) == {"landmarks", "presence", "heatmap", "world"}
    assert_agree("landmarks", together, reference)
    for index in range(len(pictures)):
        alone = onnx_outputs(path, pictures[index : index + 1])
        assert_agree("landmarks", alone, {shape: values[index : index + 1] for shape, values in reference.items()})


def test_the_file_without_heat_map_gives_the_same_landmarks():
    paths = ensure_pose_models("full")
    pictures = batch(256, 0, 1, PICTURES)
    with_heatmap, without = (
        onnx_outputs(path, pictures) for path in (paths.landmarks, paths.landmarks_without_heatmap)
    )
    assert set(without) == {"landmarks", "presence", "world"}
    for name, values in without.items():
        np.testing.assert_allclose(values, with_heatmap[name], atol=1e-6)


def test_detector_agrees_with_litert():
    tflite = tflite_of(DETECTOR)
    pictures = batch(224, -1, 1, PICTURES)
    reference = litert_outputs(tflite, pictures)
    assert (reference[(2254, 1)].max(axis=(1, 2)) > 0).all(), "nobody is found: the comparison would be of noise"
    path = store.pose_models("full").detector
    assert_agree("detector", onnx_outputs(path, pictures), reference)
    assert_agree("detector", onnx_outputs(path, pictures[:1]), {s: v[:1] for s, v in reference.items()})


@pytest.mark.skipif("SPOTTER_IMAGES" not in os.environ, reason="SPOTTER_IMAGES names no folder of photographs")
@pytest.mark.parametrize("variant", VARIANTS)
def test_networks_agree_with_litert_on_photographs(variant):
    taken = list(photographs())
    assert taken
    for kind, weights, side, low in (("detector", DETECTOR, 224, -1), ("landmarks", LANDMARKS[variant], 256, 0)):
        tflite = tflite_of(weights)
        pictures = batch(side, low, 1, taken)
        converted = onnx_outputs(store.onnx_path(weights), pictures)
        assert_agree(kind, converted, litert_outputs(tflite, pictures))


def test_the_converted_files_say_what_they_are():
    paths = ensure_pose_models("full")
    for path, kind, variant, side in (
        (paths.detector, "detector", "all", 224),
        (paths.landmarks, "landmarks", "full", 256),
        (paths.landmarks_without_heatmap, "landmarks", "full", 256),
    ):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        record = store.read_record_or_none(path)
        assert {entry.key: entry.value for entry in model.metadata_props} == {
            "source_sha256": record.source_sha256,
            "converter_version": str(CONVERTER_VERSION),
            "kind": kind,
            "variant": variant,
            "input": f"image (N, {side}, {side}, 3) float32 RGB, {'-1 to 1' if kind == 'detector' else '0 to 1'}",
            "licence": "Apache-2.0",
        }
        (taken,) = model.graph.input
        dimensions = taken.type.tensor_type.shape.dim
        assert (taken.name, dimensions[0].dim_param) == ("image", "batch")
        assert [size.dim_value for size in dimensions[1:]] == [side, side, 3]
