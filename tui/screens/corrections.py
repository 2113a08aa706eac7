"""What the person screen and the screen of a set do on behalf of staff: tell it, say that it is told, take it back.

A mix-in for screens; every change is an event that the aggregator folds and audits, so nothing is drawn as done before
it comes back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from textual import work

from core.errors import SpotterError
from core.history import SetRow
from tui import texts
from tui.plain import plain
from tui.ports import StaffActions
from tui.screens.ask import AskScreen, Field
from tui.screens.base import ConsoleScreen
from tui.screens.confirm import ConfirmScreen
from tui.views.people import exercise_text
from tui.views.person import reps_text, set_exercise_text

MOST_REPS = 999


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was told, and how it is taken back."""

    words: str
    undo: Callable[[StaffActions], object]


class CorrectingScreen(ConsoleScreen):
    """A screen that tells what staff do."""

    done: list[Done]

    def may_tell(self) -> bool:
        """Whether this console may change anything; says why not."""
        return self.may_change(texts.STAFF, self.desk.ports.staff)

    def told(self) -> None:
        """Something was told; overridden to read anew."""

    @work(thread=True, group="staff")
    def tell_staff(
        self,
        words: str,
        act: Callable[[StaffActions], object],
        undo: Callable[[StaffActions], object] | None = None,
        then: Callable[[Any], None] | None = None,
    ) -> None:
        """Do it in a thread, and say how it went; ``then`` gets what ``act`` gave, in the console's own thread."""
        staff = self.desk.ports.staff
        if staff is None:
            return
        try:
            given = act(staff)
        except SpotterError as error:
            self.app.call_from_thread(self.notify, plain(str(error)), severity="error", markup=False)
            return
        self.app.call_from_thread(self._was_told, words, undo, then, given)

    def _was_told(
        self,
        words: str,
        undo: Callable[[StaffActions], object] | None,
        then: Callable[[Any], None] | None,
        given: object,
    ) -> None:
        template = texts.TOLD if undo is not None or then is not None else texts.UNDONE
        self.app.notify(template.format(what=words), markup=False)
        if undo is not None:
            self.done.append(Done(words, undo))
        if then is not None:
            then(given)
        if self.is_mounted:
            self.told()

    def action_undo(self) -> None:
        """Take back what this screen did last."""
        if not self.may_tell():
            return
        if not self.done:
            self.notify(texts.NOTHING_TO_UNDO, markup=False)
            return
        last = self.done.pop()
        self.tell_staff(last.words, last.undo)

    # A count

    def correct(self, one: SetRow) -> None:
        """Ask for what a set really was, and once more whether that is right."""
        if not self.may_tell():
            return
        fields = [
            Field("reps", "repetitions", "" if one.corrected_reps is None else str(one.corrected_reps), 3),
            Field("exercise", "exercise", "" if one.corrected_exercise is None else one.corrected_exercise, 40),
        ]
        title = f"Set {one.number}: {set_exercise_text(one)} {reps_text(one)}"
        self.app.push_screen(
            AskScreen(title, fields, texts.CORRECT_NOTE, _check_reps), lambda values: self._asked(one, values)
        )

    def _asked(self, one: SetRow, values: Mapping[str, str] | None) -> None:
        if values is None:
            return
        reps = int(values["reps"]) if values["reps"] else None
        exercise = "_".join(values["exercise"].lower().split()) or None
        if (reps, exercise) == (one.corrected_reps, one.corrected_exercise):
            return
        before = f"{reps_text(one)} {set_exercise_text(one)}"
        after = f"{reps if reps is not None else one.reps} {exercise_text(exercise or one.exercise)}"
        words = f"set {one.number} is {after}, not {before}"

        def sure(answer: bool | None) -> None:
            if answer:
                user, old = self.desk.ports.user, (one.corrected_reps, one.corrected_exercise)
                self.tell_staff(
                    words,
                    lambda staff: staff.correct(one.uid, reps, exercise, user, before),
                    lambda staff: staff.correct(one.uid, *old, user, after),
                )

        self.app.push_screen(ConfirmScreen(f"{words[0].upper()}{words[1:]}?", texts.CORRECT_NOTE), sure)


def _check_reps(values: Mapping[str, str]) -> str:
    text = values["reps"]
    if text and not (text.isascii() and text.isdecimal() and int(text) <= MOST_REPS):
        return texts.BAD_REPS.format(text=plain(text))
    return ""
