"""From a recording to its beats, their classes and the evidence: the pipeline and its result."""
