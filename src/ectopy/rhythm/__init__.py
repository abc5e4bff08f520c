"""What consecutive beats amount to."""
