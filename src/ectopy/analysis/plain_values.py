"""Frozen values as JSON and arrays, and back by their declared types: nothing of a file is ever run.

A field that a file lacks takes its default, and what a class does not declare is passed over, so that files
of other minor versions can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import IntFlag
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

T = TypeVar("T")
Arrays = dict[str, npt.NDArray[Any]]


def to_plain(value: Any, key: str, arrays: Arrays) -> Any:
    """Return a value as JSON has it; put its arrays into ``arrays``.

    Parameters
    ----------
    value : object
        A dataclass, a pydantic model, an array, a tuple, a flag, a time, a text, a number or None.
    key : str
        What to call the arrays.
    arrays : dict of str to ndarray
        Is filled.

    Returns
    -------
    object
        For `from_plain`. An array is the name it has in ``arrays``.
    """
    if isinstance(value, np.ndarray):
        arrays[key] = value
        return key
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return {
            each.name: to_plain(getattr(value, each.name), f"{key}.{each.name}", arrays)
            for each in fields(value)
        }
    if isinstance(value, tuple):
        return [to_plain(each, f"{key}.{number}", arrays) for number, each in enumerate(value)]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (IntFlag, np.generic)):
        return value.value if isinstance(value, IntFlag) else value.item()
    return value


def from_plain(declared: Any, plain: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> Any:
    """Return the value of a declared type that `to_plain` made plain.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the plain value is no such value.
    """
    origin = get_origin(declared) or declared
    if origin in (Union, UnionType):
        if plain is None and NoneType in get_args(declared):
            return None
        (declared,) = (each for each in get_args(declared) if each is not NoneType)
        return from_plain(declared, plain, arrays)
    if origin is np.ndarray:
        return _of_kind(arrays[plain], declared)
    if origin is tuple:
        return _tuple(get_args(declared), plain, arrays)
    if origin is dict:
        return dict(plain)
    if isinstance(origin, type) and is_dataclass(origin):
        return dataclass_from_plain(origin, plain, arrays)
    return _scalar(origin, plain)


def dataclass_from_plain(
    cls: type[T],
    plain: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    ready: Mapping[str, Any] | None = None,
) -> T:
    """Return a dataclass, some of whose fields are ready made; errors as `from_plain`."""
    types, values = get_type_hints(cls), dict(ready or {})
    for each in fields(cls):  # type: ignore[arg-type]
        required = each.default is MISSING and each.default_factory is MISSING
        if each.name not in values and (required or each.name in plain):
            values[each.name] = from_plain(types[each.name], plain[each.name], arrays)
    return cls(**values)


def _tuple(declared: tuple[Any, ...], plain: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise TypeError(f"{plain!r} is no list")
    types = [declared[0]] * len(plain) if declared[-1] is Ellipsis else declared
    return tuple(from_plain(each, value, arrays) for each, value in zip(types, plain, strict=True))


def _of_kind(array: npt.NDArray[Any], declared: Any) -> npt.NDArray[Any]:
    """Return an array if its elements are of the declared kind, float for float whatever their width."""
    (wanted,) = get_args(get_args(declared)[1]) or (np.generic,)
    kinds = {np.bool_: "b", np.str_: "U", np.generic: "biufU"}
    kind = kinds.get(wanted, "f" if issubclass(wanted, np.floating) else "iu")
    if array.dtype.kind not in kind:
        raise TypeError(f"an array of {array.dtype} stands where {wanted.__name__} is declared")
    return array


def _scalar(declared: Any, plain: Any) -> Any:
    if issubclass(declared, BaseModel):
        return declared.model_validate(plain)
    if issubclass(declared, datetime):
        return datetime.fromisoformat(plain)
    if issubclass(declared, IntFlag):
        return declared(plain)
    if declared is float and type(plain) is int:
        return float(plain)
    if type(plain) is not declared:
        raise TypeError(f"{plain!r} is no {declared.__name__}")
    return plain
