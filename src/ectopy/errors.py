"""The errors a user can cause, all under one root.

.. code-block:: text

    EctopyError
    ├── ParameterError       an argument has a value it may not have (also a ValueError)
    ├── RecordError          a recording cannot be read, or holds what no ECG can hold
    ├── AnnotationError      annotations cannot be read, written or compared
    ├── DatasetError         a named dataset is unknown, absent, or not what was published
    ├── SplitError           a split would put one patient on both sides (also a ValueError)
    ├── CalibrationError     a threshold cannot be learned from these scores (also a ValueError)
    ├── ArtifactError        a model on disk is damaged, incomplete or of another version (also a ValueError)
    ├── AnalysisError        a saved analysis is damaged, incomplete or of another version (also a ValueError)
    ├── EditError            a log of edits is damaged, or about another analysis (also a ValueError)
    └── MissingExtraError    an optional dependency is needed (also an ImportError)

Every message is one line that names the thing, its value and the remedy.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from types import ModuleType
from typing import Final

_LONGEST: Final = 200
"""Letters of what another program says that a message repeats."""


class EctopyError(Exception):
    """Root of every error that ectopy raises on purpose."""


class ParameterError(EctopyError, ValueError):
    """An argument has a value it may not have."""


class RecordError(EctopyError):
    """A recording cannot be read, or holds what no ECG can hold."""


class AnnotationError(EctopyError):
    """Annotations cannot be read, written or compared."""


class DatasetError(EctopyError):
    """A named dataset is unknown, absent, or not what was published."""


class SplitError(EctopyError, ValueError):
    """A split would put one patient on both sides."""


class CalibrationError(EctopyError, ValueError):
    """A threshold cannot be learned from these scores."""


class ArtifactError(EctopyError, ValueError):
    """A model on disk is damaged, incomplete or of another version."""


class AnalysisError(EctopyError, ValueError):
    """A saved analysis is damaged, incomplete or of another version."""


class EditError(EctopyError, ValueError):
    """A log of edits is damaged, or about another analysis."""


class MissingExtraError(EctopyError, ImportError):
    """An optional dependency is needed and not installed."""


def require_extra(module: str, extra: str) -> ModuleType:
    """Import an optional module, or say which command installs it.

    Parameters
    ----------
    module : str
        Name of the module, for example ``"torch"``.
    extra : str
        The extra of ectopy that brings it, for example ``"train"``.

    Returns
    -------
    ModuleType
        The imported module.

    Raises
    ------
    MissingExtraError
        If the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{module} is not installed; install it with: {install_command(extra)}"
        ) from error


def install_command(extra: str) -> str:
    """Return the command that brings an extra, also as long as ectopy is installed from a checkout.

    Parameters
    ----------
    extra : str
        Name of the extra.
    """
    return f"pip install 'ectopy[{extra}]' (in a checkout: pip install '.[{extra}]')"


def reason_of(error: BaseException) -> str:
    r"""Return in one short line what an error of another program says, or what it is.

    Parameters
    ----------
    error : BaseException
        Any error.

    Examples
    --------
    >>> reason_of(ValueError("not a\n  number")), reason_of(EOFError())
    ('not a number', 'EOFError')
    """
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__


def unknown_option(name: str, value: object, known: Iterable[object]) -> ParameterError:
    """Return the error for an option that is none of the known ones.

    Parameters
    ----------
    name : str
        The argument.
    value : object
        What was given.
    known : iterable of object
        What could have been given.

    Returns
    -------
    ParameterError
        To be raised by the caller.

    Examples
    --------
    >>> from ectopy.errors import unknown_option
    >>> print(unknown_option("scheme", "who", ["aami", "bxb"]))
    scheme='who' is unknown; choose one of: aami, bxb
    """
    choices = ", ".join(str(choice) for choice in known)
    return ParameterError(f"{name}={value!r} is unknown; choose one of: {choices}")
