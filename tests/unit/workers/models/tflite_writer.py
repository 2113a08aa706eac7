"""Writes small TFLite files for tests, independently of the reader under test: by flatbuffers' own Builder."""

import flatbuffers
import numpy as np

TYPES = {"float32": 0, "float16": 1, "int32": 2}
# Operator -> (builtin code, number in the union of options, slot of each option).
OPERATORS = {
    "ADD": (0, 11, {"activation": (0, "Int8")}),
    "CONCATENATION": (2, 10, {"axis": (0, "Int32"), "activation": (1, "Int8")}),
    "CONV_2D": (
        3,
        1,
        {
            "padding": (0, "Int8"),
            "stride_w": (1, "Int32"),
            "stride_h": (2, "Int32"),
            "activation": (3, "Int8"),
            "dilation_w": (4, "Int32"),
            "dilation_h": (5, "Int32"),
        },
    ),
    "DEPTHWISE_CONV_2D": (
        4,
        2,
        {
            "padding": (0, "Int8"),
            "stride_w": (1, "Int32"),
            "stride_h": (2, "Int32"),
            "multiplier": (3, "Int32"),
            "activation": (4, "Int8"),
            "dilation_w": (5, "Int32"),
            "dilation_h": (6, "Int32"),
        },
    ),
    "DEPTH_TO_SPACE": (5, 94, {"block": (0, "Int32")}),
    "DEQUANTIZE": (6, 38, {}),
    "LOGISTIC": (14, 0, {}),
    "MAX_POOL_2D": (
        17,
        5,
        {
            "padding": (0, "Int8"),
            "stride_w": (1, "Int32"),
            "stride_h": (2, "Int32"),
            "filter_w": (3, "Int32"),
            "filter_h": (4, "Int32"),
            "activation": (5, "Int8"),
        },
    ),
    "RELU": (19, 0, {}),
    "RELU6": (21, 0, {}),
    "RESHAPE": (22, 17, {}),
    "RESIZE_BILINEAR": (23, 15, {"align_corners": (2, "Bool"), "half_pixel": (3, "Bool")}),
    "TANH": (28, 0, {}),
    "PAD": (34, 22, {}),
    "DENSIFY": (124, 99, {}),
}
SAME, VALID = 0, 1


class TfliteWriter:
    """Collects tensors and operators; ``finish`` gives the file."""

    def __init__(self):
        self._tensors = []  # (shape, type, constant or None, sparse)
        self._operators = []

    def value(self, *shape, dtype="float32"):
        """Add a computed tensor; returns its number."""
        self._tensors.append((shape, TYPES[dtype], None, False))
        return len(self._tensors) - 1

    def constant(self, data, sparse=False):
        """Add a constant; returns its number."""
        self._tensors.append((data.shape, TYPES[str(data.dtype)], data, sparse))
        return len(self._tensors) - 1

    def operator(self, name, inputs, outputs, **options):
        """Add an operator."""
        self._operators.append((name, inputs, outputs, options))

    def finish(self, inputs, outputs, version=3):
        """Return the bytes of the file."""
        self._builder = builder = flatbuffers.Builder(1024)
        names = sorted({name for name, *_ in self._operators})
        buffers = [self._table(3)]
        tensors = [self._tensor(index, buffers) for index in range(len(self._tensors))]
        operators = [self._operator(names, *operator) for operator in self._operators]
        graph = self._table(
            5,
            ("UOffsetTRelative", 0, self._tables(tensors)),
            ("UOffsetTRelative", 1, self._numbers(inputs, np.int32)),
            ("UOffsetTRelative", 2, self._numbers(outputs, np.int32)),
            ("UOffsetTRelative", 3, self._tables(operators)),
        )
        codes = [
            self._table(4, ("Int8", 0, OPERATORS[name][0]), ("Int32", 2, 1), ("Int32", 3, OPERATORS[name][0]))
            for name in names
        ]
        model = self._table(
            8,
            ("Uint32", 0, version),
            ("UOffsetTRelative", 1, self._tables(codes)),
            ("UOffsetTRelative", 2, self._tables([graph])),
            ("UOffsetTRelative", 4, self._tables(buffers)),
        )
        builder.Finish(model, b"TFL3")
        return bytes(builder.Output())

    def _tensor(self, index, buffers):
        shape, kind, data, sparse = self._tensors[index]
        fields = [("UOffsetTRelative", 0, self._numbers(shape, np.int32)), ("Int8", 1, kind)]
        if data is not None:
            if sparse:
                rows = data.reshape(-1, shape[-1])
                row, column = np.nonzero(rows)
                fields.append(("UOffsetTRelative", 6, self._sparsity(shape, row, column)))
                data = rows[row, column]
            buffers.append(self._table(3, ("UOffsetTRelative", 0, self._bytes(data.tobytes()))))
            fields.append(("Uint32", 2, len(buffers) - 1))
        fields.append(("UOffsetTRelative", 3, self._builder.CreateString(f"tensor{index}")))
        return self._table(11, *fields)

    def _sparsity(self, shape, row, column):
        """Compressed sparse rows over the last dimension, with 16-bit segments and 8-bit columns."""
        count = int(np.prod(shape[:-1]))
        segments = np.searchsorted(row, np.arange(count + 1))
        segments = self._table(1, ("UOffsetTRelative", 0, self._numbers(segments, np.uint16)))
        columns = self._table(1, ("UOffsetTRelative", 0, self._numbers(column, np.uint8)))
        dimensions = [self._table(6, ("Int32", 1, size)) for size in shape[:-1]]
        dimensions.append(
            self._table(
                6,
                ("Int8", 0, 1),
                ("Uint8", 2, 2),
                ("UOffsetTRelative", 3, segments),
                ("Uint8", 4, 3),
                ("UOffsetTRelative", 5, columns),
            )
        )
        order = self._numbers(range(len(shape)), np.int32)
        return self._table(3, ("UOffsetTRelative", 0, order), ("UOffsetTRelative", 2, self._tables(dimensions)))

    def _operator(self, names, name, inputs, outputs, options):
        _, union, slots = OPERATORS[name]
        table = self._table(8, *((slots[key][1], slots[key][0], value) for key, value in options.items()))
        return self._table(
            9,
            ("Uint32", 0, names.index(name)),
            ("UOffsetTRelative", 1, self._numbers(inputs, np.int32)),
            ("UOffsetTRelative", 2, self._numbers(outputs, np.int32)),
            ("Uint8", 3, union),
            ("UOffsetTRelative", 4, table if union else 0),
        )

    def _table(self, slots, *fields):
        self._builder.StartObject(slots)
        for kind, slot, value in fields:
            getattr(self._builder, f"Prepend{kind}Slot")(slot, value, 0)
        return self._builder.EndObject()

    def _tables(self, items):
        self._builder.StartVector(4, len(items), 4)
        for item in reversed(items):
            self._builder.PrependUOffsetTRelative(item)
        return self._builder.EndVector()

    def _numbers(self, values, dtype):
        return self._builder.CreateNumpyVector(np.array(list(values), dtype))

    def _bytes(self, data):
        """Constants are aligned to 16 bytes, as the kernels of LiteRT want them."""
        self._builder.StartVector(1, len(data), 16)
        self._builder.head -= len(data)
        self._builder.Bytes[self._builder.Head() : self._builder.Head() + len(data)] = data
        return self._builder.EndVector()
