"""``python -m aggregator``: events and observations to the database and the live picture."""

import argparse
import sys
from pathlib import Path

from aggregator.process import ConfigFile, run_aggregator
from core.runtime import Process
from core.secrets import Address


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; returns the exit code."""
    options = _parser().parse_args(arguments)
    process = Process(options.name, parent_pid=options.parent, log_level=options.log_level)
    config = ConfigFile(options.config.absolute(), (options.config_folder or options.config.parent).absolute())
    redis = Address(options.redis) if options.redis else None
    database = Address(options.database) if options.database else None
    return process.run(lambda process: run_aggregator(process, config, redis, database))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aggregator", description="Fills the database and the live picture."
    )
    parser.add_argument("--config", type=Path, required=True, help="gym.toml")
    parser.add_argument("--config-folder", type=Path, help="what relative paths in it start from, if not its folder")
    parser.add_argument("--redis", metavar="URL", help="instead of redis.url of the config")
    parser.add_argument("--database", metavar="URL", help="instead of database.url of the config")
    parser.add_argument(
        "--name", default="aggregator", help="of this process; one that stands by needs another (default: %(default)s)"
    )
    parser.add_argument("--parent", type=int, metavar="PID", help="process without which this one ends")
    parser.add_argument("--log-level", default="INFO", help="DEBUG, INFO, WARNING or ERROR (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
