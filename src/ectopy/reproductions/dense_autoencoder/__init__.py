"""Convolutional autoencoder with a dense code: compression, denoising, few labels."""
