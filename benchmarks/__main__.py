"""``python -m benchmarks``: all benchmarks, one after the other."""

from benchmarks.bench_pose import main

if __name__ == "__main__":
    main()
