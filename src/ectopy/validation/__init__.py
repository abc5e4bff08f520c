"""A pipeline on a dataset with reference beats: run, figures, page."""
