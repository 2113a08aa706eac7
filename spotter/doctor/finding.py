"""What one check found, and what many findings come to; knows nothing of how anything is checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import ExitCode

State = Literal["ok", "warning", "problem"]
WIDTH = 18
"""Of the column of checks, for ``redis persistence``; findings are printed as they come, so the longest is unknown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check, in one line."""

    check: str
    """What was looked at, such as ``redis`` or ``camera racks``."""
    state: State
    text: str
    """What was found, without secrets."""
    advice: str = ""
    """What to do about it; empty if nothing is to be done."""
    code: ExitCode = ExitCode.FINE
    """Exit status that a problem asks for."""


def ok(check: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(check, "ok", text)


def warning(check: str, text: str, advice: str) -> Finding:
    """It works, and something may go wrong later; does not change the exit status."""
    return Finding(check, "warning", text, advice)


def problem(check: str, text: str, advice: str, code: ExitCode) -> Finding:
    """It will not work until somebody does something."""
    return Finding(check, "problem", text, advice, code)


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """The worst of all: unusable before out of reach before wrong config; warnings do not count."""
    return max((finding.code for finding in findings if finding.state == "problem"), default=ExitCode.FINE)


def line(finding: Finding) -> str:
    """One finding as one line."""
    text = f"{finding.state:<8} {finding.check:<{WIDTH}} {finding.text}"
    return f"{text}; {finding.advice}" if finding.advice else text


def document(findings: list[Finding]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "exit_code": int(exit_code(findings)),
        "findings": [
            {"check": item.check, "state": item.state, "text": item.text, "advice": item.advice} for item in findings
        ],
    }
