"""What is missing on a machine: one finding per check, each with what to do about it."""
