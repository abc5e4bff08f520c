"""The tables of the pages, made of the files that benchmarks and trainings wrote."""
