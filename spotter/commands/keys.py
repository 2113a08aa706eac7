"""``spotter keys``: the keys that let frames travel between machines, and who gets which."""

from pathlib import Path

import click


@click.group()
def keys() -> None:
    """Make the keys that frames need to travel between machines."""


@keys.command("new")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default="keys",
    show_default=True,
    metavar="DIR",
    help="Where to put them.",
)
@click.option("--force", is_flag=True, help="Replace keys that are there; all machines need the new ones.")
def new_command(folder: Path, force: bool) -> None:
    """Make a pair of keys for the machine of the cameras and one for the machines of the workers.

    Keys that are there already are kept, and only what is missing is made.
    """
    from core.names import shown_name
    from spotter.key_files import SERVER, WORKER, make_keys

    made = make_keys(folder, replace=force)
    place = shown_name(folder)
    if not made:
        click.echo(f"{place}: both pairs are here already; --force replaces them")
    for path in made:
        click.echo(f"made {shown_name(path)}")
    click.echo(
        f"""
Name the folder in gym.toml, on every machine:

    [transport]
    bind = "tcp://0.0.0.0:5560-5579"
    keys = "{place}"

A machine of cameras needs   {SERVER}.key, {SERVER}.pub and authorized/{WORKER}.pub
A machine of workers needs   {WORKER}.key and {WORKER}.pub
A machine of both needs      all of it

Keep the .key files secret: copy them by scp -p or the like, and let only Spotter's user read them (chmod 600).
To shut a worker's machine out, remove its .pub file from authorized/ where the cameras are, and start again."""
    )
