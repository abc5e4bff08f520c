"""``python -m ectopy.apps.cli``."""

from ectopy.apps.cli.main import main

main()
