"""All English texts of the console that are not the name of one key.

Texts with ``{…}`` are filled by ``str.format`` with values that are plain already.
"""

from core.messages import Severity
from tui.state import ShownState

MODES = {"floor": "Floor", "alerts": "Alerts", "history": "History", "health": "Health"}
"""Screens that a digit opens, in the order of the digits."""

CAMERA_STATES: dict[ShownState, tuple[str, str]] = {
    "online": ("●", "online"),
    "starting": ("○", "starting"),
    "stalled": ("▲", "stalled"),
    "offline": ("✖", "offline"),
    "ended": ("■", "ended"),
    "paused": ("=", "paused"),
    "no heartbeat": ("✖", "no heartbeat"),
    "not started": ("○", "not started"),
    "unwatched": ("▲", "no worker"),
}
"""Sign and words: a colour is never the only sign."""
ASCII_SIGNS = str.maketrans({"●": "*", "○": "o", "▲": "!", "✖": "x", "■": "#", "›": ">", "…": "~", "·": "-"})

SEVERITIES: dict[Severity, tuple[str, str]] = {
    "critical": ("‼", "critical"),
    "warning": ("▲", "warning"),
    "info": ("i", "note"),
}

LOST = "Redis does not answer, what is shown is {age} old: {trouble}"
NEVER_FOUND = "{trouble} (tried again each second)"
CONFIG_BROKEN = "{file} is broken, the one before is in force: {problem}"
DATABASE_AWAY = "Nothing new is stored, it waits: {problem}"
NO_AGGREGATOR = "No aggregator answers: people are not numbered, nothing is stored; see Health (4)"
FLOOR_OLD = "The list of people is {age} old"

READ_ONLY = "read-only"
NOT_WHILE_READ_ONLY = "This console only looks: start it without --read-only to change something"
MISSING_PORT = "This console was started without {what}"

TOO_SMALL = "This terminal is {width}x{height}.\nSpotter needs {needed_width}x{needed_height}.\nMake it larger, or q."

FIRST_RUN = """\
No camera is configured yet

Spotter watches the cameras that {file} names, and there is none in it.

  a            add a camera here: the form shows what the camera
               sees before anything is written
  spotter camera add NAME SOURCE
               the same on the command line, such as
               spotter camera add racks rtsp://10.0.0.21/stream2
  spotter demo
               watch a gym that Spotter draws itself

This screen goes on by itself as soon as a camera is there.
"""
WAITING = """\
Waiting for the gym

{trouble}

Nothing has to be done here: this screen goes on by itself as soon
as Redis answers. `spotter run` starts the gym, `spotter doctor` says
what is missing.
"""

NOBODY = "Nobody is on the floor"
NOBODY_FITS = "Nobody fits the filter: Esc clears it"
NOBODY_NEEDS_HELP = "Nobody here needs anybody: p shows all"
NO_NUMBERS_YET = "No list of people yet: the aggregator has not written one"
NOT_SEEN = "no picture yet"
LEAVE_ASKED = "Leave the console and stop the gym?"
LEAVE_WHY = "Cameras, workers and the database run under this terminal. `spotter console` looks without owning them."
HELP_TITLE = "Keys that work here"

NO_ALERTS = "Nothing is wrong"
NO_ALERTS_FIT = "No alert fits the filter: Esc clears it"
NO_RESOLVED = "Nothing was over today yet"
QUIET = "Just started: no alert is raised for {left} still"
GONE = "What this is about is not here any more"
BELL_ON = "Critical alerts ring and flash (Ctrl+S keeps it)"
BELL_OFF = "Alerts are silent"
ALL_WELL = "Nothing is wrong with the machines"
NO_CAMERAS = "No camera is configured"
NO_PROCESSES = "No process has written a heartbeat yet"
NO_DEAD_LETTERS = "No event was put aside"

EDITOR = "a way to write gym.toml"
REMOVE_ASKED = "Remove {camera} from gym.toml?"
REMOVE_WHY = "Its zones go with it; what was recorded of it stays. To stop it for a while, pause it instead (p)."
CHANGED = {
    "add": "{camera} is in gym.toml: it runs in about two seconds",
    "change": "{camera} is changed in gym.toml: the change holds in about two seconds",
    "pause": "{camera} is paused in gym.toml: it stops in about two seconds",
    "resume": "{camera} goes on: pictures come in about two seconds",
    "remove": "{camera} is removed from gym.toml: it stops in about two seconds",
}
NOBODY_TAKES_IT_UP = "Written for {camera}, but nothing runs here that takes it up: start spotter run"
CAMERA_GONE = "This camera is not there any more"
MASKED = "masked"

FORM_ADD = "Add a camera"
FORM_EDIT = "Edit {camera}"
OPTIONAL = " (may be empty)"
TRIAL_HINT = """\
Test (Ctrl+R) opens the camera for a few seconds and shows here what it
sees: one picture, its size, rate and delay, and the people found.
Nothing is saved by a test, neither the camera nor the picture."""
TRIAL_BEGINS = "starting the test ..."
TRIAL_STOPPED = "the test was stopped"
TRIAL_FINE = "The camera gives pictures:"
UNTRIED = "Save without a test?"
UNTRIED_WHY = "Nobody has seen yet what this source gives. Test it with Ctrl+R."
NOTHING_CHANGED = "Nothing was changed"
NOT_SAVED = "Not saved: see what is wrong above"

NO_PICTURES = "gym.toml allows no pictures of this camera (preview = true would)"
NO_PICTURES_AT_ALL = "gym.toml allows pictures of no camera (preview = true in a camera would)"
PICTURE_COMES = "a picture comes in a moment"

STAFF = "a way to tell what staff do"
DATABASE = "a database"
NOT_ON_THE_FLOOR = "not on the floor now"
NO_SETS_YET = "No set of this visit is stored yet"
NOTHING_STORED = "Nothing is stored that fits: d shows all days, Backspace clears the filter"
NOT_READ_YET = "reading..."
RENAME_NOTE = "Empty takes a name back. A member number belongs to one person: who had it loses it."
MERGE_ASKED = "Are {one} and {two} one person?"
MERGE_WHY = "All tracks, visits and sets of {one} become {two}'s, also those to come. u takes it back."
SPLIT_ASKED = "Is {track} somebody else than {one}?"
SPLIT_WHY = "It becomes a new person, with the sets that it saw. u takes it back."
CORRECT_NOTE = "What was counted stays beside it. Empty fields take the correction back."
BAD_REPS = "Repetitions are a whole number from 0 to 999, not {text}"
NO_OTHERS = "Nobody else is known to be here"
ONE_TRACK = "{one} has one track only: there is nothing to split"
NO_SET_CHOSEN = "Choose a set first"
TOLD = "Noted: {what}"
UNDONE = "Taken back: {what}"
NOTHING_TO_UNDO = "This screen has done nothing that could be taken back"
EXPORTED = "{count} rows are in {path}"
SQL_HINT = "A statement that reads, such as SELECT exercise, sum(reps) FROM sets GROUP BY exercise; Enter asks"
CUT = "the first {count} rows; there are more"
NO_VISIT_CHOSEN = "Choose a visit first: the list of visits is one of v"
NO_SETS_TO_PLAY = "No set of this visit is stored: there is nothing to play"
REPLAY_NOTE = "Key-points are not kept: the movement is drawn from the repetitions"
KEPT_NOTE = "{camera}, frame {place} of {frames} (, . to step)"
KEPT_OTHERS = ", c: seen by {cameras} cameras"
NOBODY_KEPT = "nobody was seen"

ZONES = "zones"
ZONES_HINT = "n: a new zone; Tab: its fields, then the picture, where the arrows move a corner"
NO_ZONES = "No zone yet: n begins one"
ZONES_LOST = "Leave without saving?"
ZONES_LOST_WHY = "{count} changed and not in gym.toml yet: Ctrl+S writes them."
ZONE_REMOVE_ASKED = "Remove the zone {zone} from gym.toml?"
ZONE_REMOVE_WHY = "Nobody is counted in it any more; what was recorded of it stays."
ZONES_SAVED = "{count} of {camera} in gym.toml: the change holds in about two seconds"
ZONE_REMOVED = "{zone} is removed from gym.toml"
TRIANGLE_STAYS = "A zone has at least three corners"
SAVE_CAMERA_FIRST = "Save the camera first: zones belong to a camera of gym.toml"
