"""``python -m ectopy``."""

from ectopy.apps.cli.main import main

main()
