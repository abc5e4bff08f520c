"""What a classifier looks at: morphology and prematurity of each beat."""
