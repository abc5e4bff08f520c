"""The templates of the report's pages; what comes from content is escaped in all of them."""

from __future__ import annotations

from functools import cache

import jinja2

from ectopy.wording import shown


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
    )
    return environment.get_template(name)
