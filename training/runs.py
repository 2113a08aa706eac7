"""A run's folder: what was asked for, how every epoch went, the networks, and the card that travels with the model.

``options.json`` what was asked for; ``history.csv`` a row an epoch; ``last.pt`` all that is needed to go on;
``model.pt`` the best network so far; ``curves.png``; ``card.json``; ``split.json`` who was trained and who was
validated on. Every file is whole at all times. Reads nothing back that could run code.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import ConfigError, ModelError, OutputError
from core.names import shown_name


@dataclass(frozen=True, slots=True)
class EpochRow:
    """How an epoch went; what was not measured is NaN."""

    epoch: int
    """From 1."""
    rate: float
    """Learning rate at its end."""
    train_loss: float
    train_f1: float
    """Macro-F1 over the (varied) examples of the epoch, each judged before the network had learned from it."""
    valid_loss: float
    valid_accuracy: float
    valid_f1: float
    """Macro-F1 over the classes that occur in the validation data."""
    seconds: float


class RunFolder:
    """One run's files."""

    def __init__(self, path: Path, options: Mapping[str, Any], *, resume: bool, may_differ: Sequence[str] = ()) -> None:
        """Begin a run in a new or empty folder, or go on with the one in it.

        ``options`` are stored; going on with others is refused but for those that ``may_differ``. Raises ConfigError
        or OutputError.
        """
        self.path = path
        self._name = shown_name(path)
        if resume:
            self._check_options(options, may_differ)
        else:
            refuse_a_run(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self._name}: cannot be made ({error.strerror})") from None
        self.write("options.json", as_json(options))

    def _check_options(self, options: Mapping[str, Any], may_differ: Sequence[str]) -> None:
        if not (self.path / "last.pt").is_file():
            raise ConfigError(f"{self._name}: holds no run to resume; leave --resume out to begin one")
        before = read_json(self.path / "options.json")
        now = json.loads(as_json(options))
        for name in sorted(set(before) | set(now)):
            if name not in may_differ and before.get(name) != now.get(name):
                raise ConfigError(
                    f"{self._name}: its {name} was {before.get(name)}, not {now.get(name)}; resume with the same, or "
                    "name another --out"
                )

    def write(self, name: str, content: str | bytes) -> None:
        """Put a file in its place, whole or not at all; raises OutputError."""
        target = self.path / name
        part = target.with_name(f".{name}.part")
        try:
            part.write_bytes(content.encode() if isinstance(content, str) else content)
            part.replace(target)
        except OSError as error:
            raise OutputError(f"{shown_name(target)}: cannot be written ({error.strerror})") from None
        finally:
            part.unlink(missing_ok=True)

    def write_history(self, rows: Sequence[EpochRow]) -> None:
        """Write ``history.csv`` anew."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(field.name for field in fields(EpochRow))
        table.writerows([f"{value:.6g}" for value in asdict(row).values()] for row in rows)
        self.write("history.csv", text.getvalue())

    def save(self, name: str, state: Mapping[str, Any]) -> None:
        """Store tensors and plain values."""
        import torch

        buffer = io.BytesIO()
        torch.save(dict(state), buffer)
        self.write(name, buffer.getvalue())

    def load(self, name: str) -> dict[str, Any]:
        """What ``save`` stored; raises ModelError."""
        return load_state(self.path / name)


def refuse_a_run(path: Path) -> None:
    """Raise ConfigError if a folder holds a run that got through its first epoch."""
    if (path / "last.pt").exists():
        name = shown_name(path)
        raise ConfigError(f"{name}: holds a run already; add --resume to go on with it, or name another --out")


def load_state(path: Path) -> dict[str, Any]:
    """Tensors and plain values of a file that a run wrote; raises ModelError."""
    import pickle

    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ModelError(f"{shown_name(path)}: no such file; has the run got through its first epoch?") from None
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelError(f"{shown_name(path)}: is damaged or no file of a run; train again") from error
    if not isinstance(state, dict):
        raise ModelError(f"{shown_name(path)}: is no file of a run; train again")
    return state


def trained_network(folder: Path) -> tuple[Any, dict[str, Any]]:
    """The best network of a run over windows, in evaluation mode, and what it is: name, steps, classes, sizes.

    Raises ModelError.
    """
    from training.models import build

    state = load_state(folder / "model.pt")
    try:
        network = build(state["name"], state["steps"], len(state["classes"]), state["sizes"])
        network.load_state_dict(state.pop("network"))
    except (KeyError, RuntimeError, ConfigError) as error:
        raise ModelError(f"{shown_name(folder / 'model.pt')}: does not fit its own description; train again") from error
    return network.eval(), state


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a file; raises ConfigError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{shown_name(path)}: no such file") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{shown_name(path)}: cannot be read as JSON ({error})") from None
    if not isinstance(value, dict):
        raise ConfigError(f"{shown_name(path)}: is no JSON object")
    return value


def as_json(value: Mapping[str, Any]) -> str:
    """For a person to read; paths and tuples become text and lists."""
    return json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n"
