"""torch modules, one a file; they know no ECG files."""
