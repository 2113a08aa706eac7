"""What every process stands on; imports nothing else of the project."""
