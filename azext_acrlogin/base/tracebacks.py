# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Whose code raised an exception: tells a defect of this extension from what another library made of an answer."""


# What libraries raise over a file, a document or an answer that is not what they expect.
STUMBLES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError, ImportError,
            ArithmeticError)
PACKAGE = __name__.partition(".")[0]


def is_defect(error: BaseException) -> bool:
    """Whether this extension raised an error itself, and not a library that it called."""
    return raised_in(error).startswith(PACKAGE)


def raised_in(error: BaseException) -> str:
    """The name of the module whose code raised `error`, empty for one that was never raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", "")) if trace is not None else ""
