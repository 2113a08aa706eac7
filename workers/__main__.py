"""``python -m workers``: one worker process, which takes the cameras that are its fair share."""

import os

# Before numpy is loaded: its matrices are small here, and its threads would take other workers' cores.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from core.runtime import Process  # noqa: E402
from core.secrets import Address  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; returns the exit code."""
    options = _parser().parse_args(arguments)
    process = Process(options.name, parent_pid=options.parent, log_level=options.log_level)
    # The title and the log come first; loading everything takes a second.
    from workers.process import Options, run_worker

    wanted = Options(
        config=options.config.absolute(),
        config_folder=(options.config_folder or options.config.parent).absolute(),
        spool=options.spool.absolute(),
        redis=Address(options.redis) if options.redis else None,
        keys=options.keys,
    )
    return process.run(lambda process: run_worker(process, wanted))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers", description="Finds people in frames and counts.")
    parser.add_argument("--config", type=Path, required=True, help="gym.toml")
    parser.add_argument("--config-folder", type=Path, help="what relative paths in it start from, if not its folder")
    parser.add_argument("--redis", metavar="URL", help="instead of redis.url of the config")
    parser.add_argument("--name", default="worker:1", help="of this process; unique (default: %(default)s)")
    parser.add_argument(
        "--spool", type=Path, required=True, metavar="FOLDER", help="where events wait on the disk while Redis is away"
    )
    parser.add_argument("--keys", type=Path, metavar="FOLDER", help="instead of transport.keys of the config")
    parser.add_argument("--parent", type=int, metavar="PID", help="process without which this one ends")
    parser.add_argument("--log-level", default="INFO", help="DEBUG, INFO, WARNING or ERROR (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
