"""What the tests of the whole system share: one drawn recording, and what its undisturbed analysis gives."""

from pathlib import Path

import pytest
from gym_runs import Amounts, analyzed, record_pair


@pytest.fixture(scope="session")
def pair_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people who do three sets, 31 s."""
    return record_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="session")
def undisturbed(pair_clip: Path) -> Amounts:
    """Sets and repetitions of the recording as ``spotter analyze`` counts them."""
    amounts = analyzed(pair_clip)
    assert len(amounts) == 3, amounts
    return amounts
