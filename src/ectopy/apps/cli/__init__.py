"""The ``ectopy`` command."""
