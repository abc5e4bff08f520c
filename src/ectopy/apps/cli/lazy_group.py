"""A group of commands that are imported when they are run, so that help and completion stay fast."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Place:
    """Where a command is, and what the list of commands says of it.

    Parameters
    ----------
    where : str
        ``module:name`` of the function of a command, or of the `typer.Typer` of a group.
    help : str
        First line of its help.
    """

    where: str
    help: str

    def command(self, name: str) -> Any:
        """Import the command and return it; its help is plain text, which is there sooner."""
        module, _, attribute = self.where.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            found.rich_markup_mode = None
            group = typer.main.get_group(found)
            group.name = name
            for each in group.commands.values():
                each.short_help = (each.help or "").partition("\n\n")[0]  # uncut
            return group
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        app.command(name)(found)
        return typer.main.get_command(app)


class _Listed(TyperCommand):
    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the whole line, for the formatter to wrap."""
        return self.help or ""


def lazy_group(places: dict[str, Place]) -> type[TyperGroup]:
    """Return a class for ``typer.Typer(cls=…)`` whose commands are these, by name.

    Parameters
    ----------
    places : dict of str to Place
        In the order of the help.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.commands = {
                name: _Listed(name, help=place.help, rich_markup_mode=None) for name, place in places.items()
            }

        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            """Return the command itself."""
            name, command, rest = super().resolve_command(ctx, args)
            return name, places[name].command(name) if name in places else command, rest

    return LazyGroup
