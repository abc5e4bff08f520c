"""The templates of the report's pages; what comes from content is escaped in all of them.

A compiled template lies where Python keeps compiled modules, if it may write there: compiling one takes as
long as filling it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from ectopy.wording import shown


class _BesideModules(jinja2.FileSystemBytecodeCache):
    """Compiled templates beside compiled modules; none is kept where nothing can be written."""

    def __init__(self) -> None:
        ways = f"{jinja2.__version__} {sha256(Path(__file__).read_bytes()).hexdigest()}"
        pattern = f"template-{sha256(ways.encode()).hexdigest()[:16]}-%s.jinja"
        super().__init__(str(Path(cache_from_source(__file__)).parent), pattern)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template for the next process."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)


@cache
def template(name: str) -> jinja2.Template:
    """Return a template of ``report/templates`` by the name of its file."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ectopy.report"),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_BesideModules(),
    )
    return environment.get_template(name)
