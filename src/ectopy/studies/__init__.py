"""The published systems, reproduced: one readable file each."""
