"""The report of one recording: page, figures, exported files."""
