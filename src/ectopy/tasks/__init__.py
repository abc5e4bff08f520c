"""Models of a user's own beats and recordings, one file a task."""
