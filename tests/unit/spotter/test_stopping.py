import os
import signal
import threading

import pytest

from spotter.stopping import Stopped, raise_if_stopped, stopping_raises


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_raises_and_is_remembered(number, code):
    before = signal.getsignal(number)
    with stopping_raises():
        raise_if_stopped()
        with pytest.raises(Stopped) as stopped:
            os.kill(os.getpid(), number)
        assert stopped.value.exit_code == code
        assert signal.getsignal(number) is signal.SIG_DFL
        with pytest.raises(Stopped):
            raise_if_stopped()
    assert signal.getsignal(number) is before
    with stopping_raises():
        raise_if_stopped()


def test_another_thread_goes_without():
    ran = []

    def work():
        with stopping_raises():
            ran.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert ran == [True]
