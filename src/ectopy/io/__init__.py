"""Recordings on disk: every file format that is read or written, and which of its channels are ECG leads."""
