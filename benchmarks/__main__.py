"""``python -m benchmarks [NAME…]``: the benchmarks that are named, or the main ones, one after the other.

Each runs in a process of its own, so that none inherits the memory or the threads of the one before, and has options of
its own: ``python -m benchmarks.bench_NAME --help``.
"""

import subprocess
import sys
from pathlib import Path

MAIN = ("pose", "transport", "latency", "database")
"""What `make bench` runs; the others compare choices inside one part."""


def main(names: list[str]) -> int:
    """Run them; the exit status is that of the first that failed."""
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    for name in names:
        if name not in known:
            print(f"there is no benchmark {name!r}; known are {', '.join(known)}", file=sys.stderr)
            return 2
    failed = 0
    for name in names or MAIN:
        print(f"\n== {name}", flush=True)
        failed = failed or subprocess.run([sys.executable, "-m", f"benchmarks.bench_{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
