"""Answers as Arrow, and from there as Parquet or a DataFrame; needs pyarrow, which is not installed by itself."""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import IO, Any

from core.errors import ConfigError, OutputError
from spotter.query.questions import Column
from spotter.query.source import Answer, Batch

ROW_GROUP = 50_000
"""Rows that are written together: enough to compress well, few enough to hold in memory."""
INSTALL = "install it with: pip install 'spotter[parquet]'"


def need_arrow() -> ModuleType:
    """The library; raises ``ConfigError`` that says how to install it."""
    try:
        import pyarrow
    except ImportError as error:
        raise ConfigError(f"Parquet and Arrow need pyarrow; {INSTALL}") from error
    return pyarrow  # type: ignore[no-any-return]  # it has no types


def schema_of(columns: Sequence[Column]) -> Any:  # noqa: ANN401  # a pyarrow.Schema
    """Times in UTC to the microsecond, numbers in 64 bits."""
    arrow = need_arrow()
    types = {
        "int": arrow.int64(),
        "float": arrow.float64(),
        "text": arrow.string(),
        "bool": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
        "bytes": arrow.binary(),
    }
    return arrow.schema([arrow.field(column.name, types[column.kind]) for column in columns])


def record_batches(answer: Answer, rows: int = ROW_GROUP) -> Iterator[Any]:
    """Batches of at least so many rows, but for the last."""
    arrow, schema = need_arrow(), schema_of(answer.columns)
    for batch in _gathered(answer.batches, rows):
        columns = list(zip(*batch, strict=True))
        try:
            arrays = [
                arrow.array(values, type=field.type, from_pandas=False)
                for values, field in zip(columns, schema, strict=True)
            ]
        except (arrow.ArrowException, OverflowError) as error:
            raise ConfigError(f"a value is too large for Arrow ({error}); write CAST(... AS TEXT) around it") from error
        yield arrow.RecordBatch.from_arrays(arrays, schema=schema)


def _gathered(batches: Iterator[Batch], rows: int) -> Iterator[Batch]:
    waiting: list[Sequence[Any]] = []
    for batch in batches:
        waiting += batch
        if len(waiting) >= rows:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def write_parquet(answer: Answer, target: IO[bytes]) -> None:
    """One file, a row group at a time; raises ``OSError`` as writing does."""
    need_arrow()
    from pyarrow import parquet

    if not answer.columns:
        raise OutputError("a Parquet file needs a column; the answer has none")
    with parquet.ParquetWriter(target, schema_of(answer.columns), compression="zstd") as writer:
        for batch in record_batches(answer):
            writer.write_batch(batch)
