"""What the linear way of the autoencoder is there for."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ectopy.errors import ParameterError
from ectopy.networks import autoencoder
from ectopy.networks.shortcut_autoencoder import ShortcutArchitecture
from ectopy.training.loop import Schedule, apply_network, fit_network, seeded


@pytest.mark.parametrize("size", ["n_code", "n_hidden"])
def test_sizes_below_one_are_refused(size):
    with pytest.raises(ParameterError, match=f"{size}=0"):
        ShortcutArchitecture(**{size: 0})


def test_on_beats_of_a_plane_it_does_what_principal_components_do():
    rng = np.random.default_rng(0)
    plane = rng.normal(0, 1, (2, 40))
    beats = (rng.normal(0, 1, (400, 2)) @ plane + rng.normal(0, 0.1, (400, 40))).astype(np.float32)
    with seeded(0):
        network = autoencoder({"name": "shortcut", "n_code": 2, "n_hidden": 8}).build(1, 40)

    def error(network, batch):
        return (network(batch[0])[0] - batch[0]).square().mean()

    shaped = beats[:, np.newaxis]
    fit_network(
        network, error, [shaped], [shaped], schedule=Schedule(epochs=200, batch_size=50, learning_rate=0.01)
    )
    drawn, _ = apply_network(network, shaped)
    pca = PCA(2).fit(beats)
    least = np.square(pca.inverse_transform(pca.transform(beats)) - beats).mean()
    assert np.square(drawn - shaped).mean() < 1.5 * least
    far = 5 * shaped  # nothing so large was learned: the linear way still draws most of it
    assert np.square(apply_network(network, far)[0] - far).mean() < 0.3 * np.square(far).mean()
