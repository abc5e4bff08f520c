"""Heartbeats: windows, alignment, patient template, morphology clusters and RR intervals."""
