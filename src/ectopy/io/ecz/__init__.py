"""Compressed recordings, ``NAME.ecz``: lossless, or by wavelets to a stated loss or size.

::

    8 bytes    signature
    2 bytes    major and minor version of the format
    8 bytes    length and CRC-32 of the header
    header     JSON, deflated: rate, length, leads, coding, start, comments
    marks      annotations as in a WFDB annotation file, deflated (may be absent)
    chunks     each of so many samples of all leads, and each decoded on its own
    index      bytes and CRC-32 of each chunk
    20 bytes   where the index begins, its length in chunks and its CRC-32, and the end mark

Numbers are little-endian. Counts are what is stored: a sample is ``(count - baseline) / gain`` in its unit.
"""
