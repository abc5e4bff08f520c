"""What is particular to the LSTM autoencoder and to its patch-recurrent relative."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ectopy.errors import ParameterError
from ectopy.networks.lstm_autoencoder import LstmArchitecture
from ectopy.networks.patch_autoencoder import PatchArchitecture
from ectopy.training.loop import apply_network, seeded


def lstm_weights(n_in: int, n_out: int) -> int:
    return 4 * n_out * (n_in + n_out + 2)


def test_the_published_network_has_the_published_layers():
    network = LstmArchitecture(hidden=256, code=128, patch=1).build(1, 140)
    layers = [(1, 256), (256, 128), (128, 128), (128, 256)]
    expected = sum(lstm_weights(*layer) for layer in layers) + 256 + 1
    assert sum(weight.numel() for weight in network.parameters()) == expected


@pytest.mark.parametrize("patch", [1, 7, 10])
def test_a_step_reads_and_draws_the_samples_of_its_patch_in_order(patch: int):
    x = np.random.default_rng(0).normal(size=(3, 2, 21)).astype(np.float32)
    with seeded(0):
        network = LstmArchitecture(8, 4, patch).build(2, 21)
    seen = []
    network.read.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].numpy()))
    apply_network(network, x)
    second = seen[0][:, 1].reshape(3, 2, patch)
    np.testing.assert_array_equal(second, x[:, :, patch : 2 * patch])


@pytest.mark.parametrize("kind", [LstmArchitecture, PatchArchitecture])
@pytest.mark.parametrize("option", ["hidden", "code", "patch"])
def test_an_impossible_size_is_refused_by_name(kind: type, option: str):
    with pytest.raises(ParameterError, match=f"{option}=0"):
        kind(**{option: 0})


def test_the_patch_autoencoder_can_start_as_principal_components():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(50, 5)) @ rng.normal(size=(5, 42)) + rng.normal(size=42)).astype(np.float32)
    components = PCA(3).fit(x)
    with seeded(0):
        network = PatchArchitecture(code=3, hidden=4).build(2, 21)
    network.start_linear(components.mean_, components.components_)
    picture, code = apply_network(network, x.reshape(-1, 2, 21))
    np.testing.assert_allclose(code, components.transform(x), atol=1e-3)
    drawn = components.inverse_transform(components.transform(x))
    np.testing.assert_allclose(picture.reshape(-1, 42), drawn, atol=1e-3)
