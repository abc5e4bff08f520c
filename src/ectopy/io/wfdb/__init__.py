"""WFDB records: headers, signals, annotations."""
