"""Convolutional autoencoders of PTB heartbeats: reconstruction loss against a threshold."""
