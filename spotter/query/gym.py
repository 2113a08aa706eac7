"""Which gym is asked: its database, its time zone, and the names that are right though nothing happened there yet."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator.database import parse_url
from core.config_file import read_settings, read_text, resolved
from core.errors import ConfigError
from core.names import shown_name
from core.secrets import Address
from core.settings import Settings
from spotter.query.names import Elsewhere
from spotter.query.source import address_of


@dataclass(frozen=True, slots=True)
class AskedGym:
    """Where its past lies, and how its clocks go."""

    database: Address
    zone: ZoneInfo
    elsewhere: Elsewhere
    files: tuple[Path, ...] = ()
    """Files that are read and must not be replaced by a result."""
    name: str = ""


def gym_of(config: Path, database: str | None) -> AskedGym:
    """The gym of a gym.toml, or of a database that is named; then gym.toml may be missing, and clocks show UTC."""
    settings = Settings()
    if database is None or config.exists():
        settings = _settings(config)
    address = settings.database.url if database is None else address_of(database)
    if "${" in address.reveal():
        raise ConfigError(
            f"{shown_name(config)}: [database] url waits for {_variables(address)} from the environment: set it, and "
            "try again"
        )
    return AskedGym(address, settings.gym.zone, elsewhere_of(settings), _files(address, config), settings.gym.name)


def elsewhere_of(settings: Settings) -> Elsewhere:
    """Zones of gym.toml, and exercises of the catalogue."""

    def exercises() -> Sequence[str]:
        from workers.exercise.catalogue import load_catalogue

        extra = settings.workers.exercises
        return [*load_catalogue(Path(extra) if extra is not None else None).exercises]

    return Elsewhere(lambda: [zone.name for camera in settings.camera for zone in camera.zone], exercises)


def _settings(config: Path) -> Settings:
    # The passwords of cameras need not be at hand.
    read = read_settings(read_text(config), shown_name(config), os.environ, may_miss=True)
    return resolved(read, config.absolute().parent)


def _variables(address: Address) -> str:
    return ", ".join(part.split("}")[0] for part in address.reveal().split("${")[1:])


def _files(address: Address, config: Path) -> tuple[Path, ...]:
    url = parse_url(address)
    return (Path(url.database or ""), config) if url.get_backend_name() == "sqlite" else (config,)
