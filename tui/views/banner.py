"""What is wrong with the whole console, as lines above everything else; pure."""

from tui import texts
from tui.plain import plain
from tui.state import FloorState
from tui.times import age, span

FLOOR_LATE_S = 5.0
"""The aggregator writes the floor twice a second."""


def banner_lines(state: FloorState, now_utc_ns: int, config: str) -> list[str]:
    """The worst first; nothing while all is well."""
    lines: list[str] = []
    if state.trouble:
        lost = texts.LOST if state.heard_utc_ns else texts.NEVER_FOUND
        lines.append(lost.format(age=age(min(state.silent_s(now_utc_ns), 1e9)), trouble=plain(state.trouble)))
    if problem := config_problem(state):
        lines.append(texts.CONFIG_BROKEN.format(file=plain(config), problem=plain(problem.splitlines()[0])))
    if not state.trouble and state.heard_utc_ns and state.cameras:
        lines += _of_aggregator(state, now_utc_ns)
    return lines


def config_problem(state: FloorState) -> str:
    """What is wrong with gym.toml: as this console reads it, or as the supervisor does."""
    supervisor = state.supervisor
    return state.config_problem or (supervisor.config_problem if supervisor is not None else "")


def _of_aggregator(state: FloorState, now_utc_ns: int) -> list[str]:
    leader = state.leader
    late_s = state.floor_age_s(now_utc_ns)
    if leader is None or not state.lives(leader.sender, now_utc_ns):
        known = "" if state.floor is None else "; " + texts.FLOOR_OLD.format(age=span(late_s))
        return [texts.NO_AGGREGATOR + known]
    if leader.database:
        return [texts.DATABASE_AWAY.format(problem=plain(leader.database))]
    if state.floor is not None and late_s > FLOOR_LATE_S:
        return [texts.FLOOR_OLD.format(age=span(late_s))]
    return []
