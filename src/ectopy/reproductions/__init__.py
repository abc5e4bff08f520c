"""Published systems, each reproduced by one command."""
