import cv2
import pytest
from click.testing import CliRunner

from benchmarks import transports
from benchmarks.bench_transport import Report, Row, Spread, Table, lines, main, pictures
from core.errors import ConfigError


def test_pictures_have_the_size_they_are_asked_for() -> None:
    [raw, *_], [jpeg, *_] = pictures((64, 48), "raw"), pictures((64, 48), "jpeg")
    assert raw.shape == (48, 64, 3)
    assert cv2.imdecode(jpeg, cv2.IMREAD_COLOR).shape == (48, 64, 3)


def test_the_report_names_every_contender_with_its_figures() -> None:
    row = Row(
        "NetGear PAIR", Spread(100, 90, 110), Spread(0.5, 0.4, 0.6), Spread(9, 8, 10), Spread(2.5, 2, 3),
        Spread(0.25, 0.2, 0.3), 1.0,
    )  # fmt: skip
    report = Report(3, 1.5, "2025-01-02", "a machine", [Table(640, 480, "raw", 921_600, 0.02, [row])])
    text = "\n".join(lines(report))
    for each in ("NetGear PAIR", "100 (90-110)", "0.50 +  9.00", "2.50, 0.25", "0.92 MB", "0.020 ms", "2025-01-02"):
        assert each in text


def test_a_peer_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports.importlib, "import_module", _missing)
    with pytest.raises(ConfigError, match="vidgear is not installed: say pip install vidgear"):
        transports.check_installed(("spotter", "NetGear PAIR"))
    result = CliRunner().invoke(main, ["--only", "imagezmq PUB/SUB"])
    assert result.exit_code == 1
    assert "imagezmq is not installed" in result.output


def _missing(name: str) -> None:
    raise ImportError(name)
