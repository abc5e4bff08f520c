"""What every page, export and command says of itself."""

from typing import Final

DISCLAIMER: Final = "For research use only: ectopy is not a medical device and not for diagnosis."
