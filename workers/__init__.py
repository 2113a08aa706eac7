"""Frames to people: detect, estimate landmarks, track, smooth, recognise, count, judge."""

import os

# ONNX Runtime may report its use to its maker; what watches people tells nobody. Read when it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
