"""The subcommands of ``spotter dataset``, one file each: options in, results told; the work is done in ``training``."""
