"""Questions to the database from the shell and from Python: what is chosen, how it is read, how it is written."""
