"""Run the command line as ``python -m spotter``."""

from spotter.cli import main

if __name__ == "__main__":
    main(prog_name="spotter")
