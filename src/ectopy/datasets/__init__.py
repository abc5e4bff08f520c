"""Named public datasets: locate, download, verify, load, split."""
