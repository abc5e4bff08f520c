"""Features of beats: tables of named columns, one row per beat."""
