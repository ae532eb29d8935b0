# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Ctrl+C, a request to end, a closed terminal: noted whenever they come, raised only where that can be dealt with."""

import signal
import threading
from contextlib import contextmanager
from typing import Any, Iterator

# SIGBREAK is what Windows makes of Ctrl+Break, of a closed console, and of the end of a session.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")


class Interruption:
    """Whether somebody has ended the diagnosis before it was over."""

    def __init__(self) -> None:
        self.happened = False
        self._raises = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """While inside, a signal that would end the process is noted instead. Signals that are ignored stay so."""
        if threading.current_thread() is not threading.main_thread():
            yield  # Python lets no other thread handle signals
            return
        handlers = {number: signal.getsignal(number)
                    for number in (getattr(signal, name, None) for name in SIGNALS) if number is not None}
        handled = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
        try:
            for number in handled:
                signal.signal(number, self._note)
            yield
        finally:
            for number, handler in handled.items():
                signal.signal(number, handler)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """While inside, the first of these signals raises a KeyboardInterrupt, as does one that came before."""
        self._raises = True
        try:
            if self.happened:
                raise KeyboardInterrupt
            yield
        finally:
            self._raises = False

    @contextmanager
    def ends(self) -> Iterator[None]:
        """While inside, the next of these signals ends what is inside, and nothing else. What came before does not."""
        self._raises = True
        try:
            yield
        except KeyboardInterrupt:
            pass
        finally:
            self._raises = False

    def _note(self, *_: Any) -> None:
        self.happened = True
        if self._raises:
            self._raises = False  # another one must not disturb what deals with the first
            raise KeyboardInterrupt
