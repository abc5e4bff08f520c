"""Arrays in, figures of merit out; knows no models."""
