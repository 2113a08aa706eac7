"""What `make setup` leaves behind: one OpenCV, the command, and packages that carry their data files."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _providers(module: str) -> list[str]:
    """Names of the installed distributions that hold files of a top-level module."""
    return [
        distribution.metadata["Name"]
        for distribution in importlib.metadata.distributions()
        if any(file.parts[0] == module for file in distribution.files or ())
    ]


def test_exactly_one_distribution_provides_cv2():
    assert _providers("cv2") == ["opencv-contrib-python-headless"]


def test_mediapipe_starts_with_that_cv2():
    program = "import mediapipe, cv2; print(mediapipe.tasks.vision.PoseLandmarker.__name__)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "PoseLandmarker"


def test_the_lock_pins_every_distribution_with_hashes_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 40
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "http" not in lock
    assert "--index" not in lock
    assert not re.search(r"^opencv-(?!contrib-python-headless==)", lock, re.MULTILINE)


def test_the_command_is_installed_and_says_what_it_can_do():
    command = Path(sysconfig.get_path("scripts")) / "spotter"
    ran = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "analyze" in ran.stdout
    assert "demo" in ran.stdout


def test_a_wheel_holds_all_packages_and_their_data(tmp_path):
    packages = ("core", "ingest", "workers", "training", "spotter")
    copy = tmp_path / "source"
    for package in packages:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    ran = subprocess.run([*build, "-w", tmp_path, copy], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(path.relative_to(copy))
        for package in packages
        for path in (copy / package).rglob("*")
        if path.suffix in {".py", ".toml", ".onnx", ".typed"}
    }
    assert expected - held == set()
    assert {name.split("/")[0] for name in held if not name.startswith("spotter-")} == set(packages)
