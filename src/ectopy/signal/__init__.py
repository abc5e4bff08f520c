"""Arrays in, arrays out: filters, quality, wavelets, noise; knows no beats."""
