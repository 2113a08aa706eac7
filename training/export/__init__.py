"""From trained networks to files that run elsewhere: ONNX, 8-bit ONNX, LiteRT; each compared with what it came from.

Owns the format of a classifier's file as training writes it. Only ``onnx_export`` and ``litert`` need torch, and import
it when they are called.
"""
