"""The benchmark of transports, run with processes of its own."""

from benchmarks.bench_transport import measure


def test_measures_our_own_transport() -> None:
    report = measure(1, 0.2, ("spotter",), sizes=((64, 48),), encodings=("raw", "jpeg"))
    assert [table.encoding for table in report.tables] == ["raw", "jpeg"]
    for table in report.tables:
        [row] = table.rows
        assert row.most_fps.median > 0
        assert row.arrived > 0.5
        assert row.camera_ms.median > 0
        assert row.worker_ms.median > 0
        assert row.cpu_over.median == 1.0
