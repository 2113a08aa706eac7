"""The pose weights: what they are, where they come from, and their conversion to ONNX."""
