"""Pictures of signals and beats; knows arrays, and no analysis."""
