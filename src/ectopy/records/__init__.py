"""What a recording is, and every file format it comes in."""
