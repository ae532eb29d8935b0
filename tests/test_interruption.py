# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Signals: noted always, raised once, and never where nobody can deal with them."""

import signal
import threading

import pytest

from azext_acrlogin.base.interruption import SIGNALS, Interruption

HERE = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]


@pytest.mark.parametrize("number", HERE)
def test_a_signal_is_noted_and_its_handler_put_back(number):
    before, interruption = signal.getsignal(number), Interruption()
    with interruption.noted():
        signal.raise_signal(number)
        assert interruption.happened
    assert signal.getsignal(number) is before


def test_it_is_raised_once_and_also_when_it_came_before():
    interruption = Interruption()
    with interruption.noted():
        with pytest.raises(KeyboardInterrupt):
            with interruption.raised():
                signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            with interruption.raised():
                pytest.fail("it has happened")


def test_what_is_ignored_stays_ignored():
    """As with nohup."""
    number, interruption = HERE[-1], Interruption()
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with interruption.noted():
            signal.raise_signal(number)
            assert not interruption.happened and signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_another_thread_handles_no_signals():
    entered = []

    def work():
        with Interruption().noted():
            entered.append(True)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [True]
