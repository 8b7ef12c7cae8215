"""The regime filter against the reference tables, hmmlearn, and the future."""

from __future__ import annotations

import numpy as np
import pytest

from core.quant.pairs.regimes import (
    GaussianHmm,
    HeldRegime,
    bic,
    degeneracy,
    filter_regimes,
    hold,
    parameter_count,
    threshold,
)
from core.quant.types import FloatArray


def _line(
    start: list[float], a: list[list[float]], mu: list[float], sd: list[float]
) -> GaussianHmm:
    """A one-dimensional model."""
    covariances = np.square(np.array(sd))[:, None, None]
    return GaussianHmm(np.array(start), np.array(a), np.array(mu)[:, None], covariances)


# Source: section 4.9 (vii) of the reference.
TWO = _line([0.6, 0.4], [[0.95, 0.05], [0.10, 0.90]], [0.0, 0.0], [0.5, 1.5])
X2 = np.array([0.2, -0.4, 1.8, -2.2, 0.3, 0.1])[:, None]
CALM2 = [0.807363076724, 0.892514500226, 0.0543016090172, 9.41146073199e-5, 0.221365985818]
THREE = _line(
    [0.5, 0.3, 0.2],
    [[0.97, 0.02, 0.01], [0.03, 0.94, 0.03], [0.02, 0.08, 0.90]],
    [0.0, 0.1, -0.1],
    [0.3, 0.8, 2.0],
)
X3 = np.array([0.1, -0.2, 0.9, -1.4, 3.1, -0.6, 0.05])[:, None]
FILTERED3 = """
0.76866015114      0.182828693714   0.0485111551466
0.88883565578      0.0985977084963  0.0125666357234
0.252779669397     0.666620635903   0.0805996947001
9.42976147104e-5   0.781300528618   0.218605173767
1.92545948705e-23  0.0264213744329  0.973578625567
0.0175219333366    0.167835653074   0.814642413589
0.16304404079      0.360504694401   0.476451264809
"""


def _observations(bars: int = 400) -> FloatArray:
    rng = np.random.default_rng(12)
    scale = np.where((np.arange(bars) // 80) % 2 == 0, 0.5, 2.0)[:, None]
    mix = np.array([[1.0, 0.0, 0.0], [0.4, 0.9, 0.0], [0.3, 0.5, 0.8]])
    return np.asarray(scale * rng.standard_normal((bars, 3)) @ mix.T)


def _model3d() -> GaussianHmm:
    mix = np.array([[1.0, 0.0, 0.0], [0.4, 0.9, 0.0], [0.3, 0.5, 0.8]])
    base = mix @ mix.T
    return GaussianHmm(
        np.array([0.5, 0.5]),
        np.array([[0.98, 0.02], [0.03, 0.97]]),
        np.array([[0.0, 0.01, 0.0], [0.0, 0.0, -0.02]]),
        np.stack([4.0 * base, 0.25 * base]),
    )


def test_two_states_match_the_reference() -> None:
    path = filter_regimes(TWO, X2)
    np.testing.assert_allclose(path.probability[:, 0], [*CALM2, 0.544011433683], rtol=1e-9)
    np.testing.assert_allclose(path.probability.sum(axis=1), 1.0, rtol=1e-12)
    assert path.log_likelihood == pytest.approx(-9.8589352342577, rel=1e-9)


def test_three_states_match_the_reference() -> None:
    path = filter_regimes(THREE, X3)
    table = np.array(FILTERED3.split(), np.float64).reshape(7, 3)
    np.testing.assert_allclose(path.probability, table, rtol=1e-9)
    assert path.log_likelihood == pytest.approx(-13.070152146794, rel=1e-9)


def test_the_filter_equals_the_last_row_of_hmmlearn() -> None:
    from hmmlearn.hmm import GaussianHMM

    model, x = _model3d(), _observations(120)
    other = GaussianHMM(n_components=2, covariance_type="full")
    other.startprob_, other.transmat_ = model.start, model.transition
    other.means_, other.covars_ = model.means, model.covariances
    path = filter_regimes(model, x)
    for bars in (1, 2, 50, 120):
        last = other.predict_proba(x[:bars])[-1]
        np.testing.assert_allclose(path.probability[bars - 1], last, rtol=1e-9, atol=1e-300)
    assert path.log_likelihood == pytest.approx(float(other.score(x)), rel=1e-9)


def test_appending_data_never_changes_past_states() -> None:
    model, x = _model3d().ordered(), _observations()
    whole = filter_regimes(model, x)
    part = filter_regimes(model, x[:250])
    np.testing.assert_array_equal(part.probability, whole.probability[:250])
    rest = filter_regimes(model, x[250:], part.last)
    np.testing.assert_allclose(rest.probability, whole.probability[250:], rtol=1e-12)
    assert part.log_likelihood + rest.log_likelihood == pytest.approx(whole.log_likelihood)


def test_states_are_ordered_from_calm_to_wild() -> None:
    model = _model3d().ordered()
    assert model.covariances[0, 0, 0] < model.covariances[1, 0, 0]
    np.testing.assert_array_equal(model.transition, [[0.97, 0.03], [0.02, 0.98]])
    np.testing.assert_array_equal(model.means[1], _model3d().means[0])
    calm = filter_regimes(model, _observations()).state[:80]
    assert (calm == 0).mean() > 0.95


def test_a_missing_bar_is_predicted_only() -> None:
    x = X2.copy()
    x[2] = np.nan
    path = filter_regimes(TWO, x)
    np.testing.assert_allclose(
        path.probability[2], path.probability[1] @ TWO.transition, rtol=1e-12
    )


def test_impossible_transitions_are_no_numerical_trouble() -> None:
    stuck = _line([1.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [0.1, 1.0])
    path = filter_regimes(stuck, np.array([[0.0], [500.0]]))
    np.testing.assert_array_equal(path.probability, [[1.0, 0.0], [1.0, 0.0]])
    assert filter_regimes(stuck, np.empty((0, 1))).log_likelihood == 0.0


@pytest.mark.parametrize(
    ("states", "dims", "full", "count"),
    [(2, 1, False, 7), (2, 3, True, 21), (3, 3, True, 35), (4, 2, False, 31)],
)
def test_parameter_counts_match_the_reference(
    states: int, dims: int, full: bool, count: int
) -> None:
    assert parameter_count(states, dims, full=full) == count
    assert bic(-100.0, count, 500) == pytest.approx(200.0 + count * np.log(500))


def test_a_threshold_follows_the_likeliest_state_or_the_mean() -> None:
    probability, levels = np.array([0.2, 0.5, 0.3]), np.array([1.5, 2.0, 3.0])
    assert threshold(probability, levels) == 2.0
    assert threshold(probability, levels, smooth=True) == pytest.approx(2.2)


def test_a_regime_is_held_for_its_least_stay() -> None:
    calm, wild = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    held = hold(None, calm, 3)
    states = []
    for probability in (wild, wild, wild, calm, calm):
        held = hold(held, probability, 3)
        states.append(held.state)
    assert states == [0, 0, 1, 1, 1]
    assert hold(HeldRegime(0, 1), wild) == HeldRegime(1, 1)


def test_degenerate_fits_are_named() -> None:
    x = _observations()
    assert degeneracy(_model3d(), filter_regimes(_model3d(), x)) is None
    calm = 0.2 * x[:80]
    assert "under 2 %" in str(degeneracy(_model3d(), filter_regimes(_model3d(), calm)))
    thin = np.stack([np.diag([1.0, 1.0, 1e-10]), np.diag([4.0, 4.0, 4.0])])
    model = GaussianHmm(np.array([0.5, 0.5]), np.full((2, 2), 0.5), np.zeros((2, 3)), thin)
    both = np.array([[0.0, 0.0, 0.0], [3.0, 3.0, 3.0]] * 10)
    assert "over 1e8" in str(degeneracy(model, filter_regimes(model, both)))


def test_unsound_parameters_are_refused() -> None:
    ok = _model3d()
    with pytest.raises(ValueError, match="do not fit"):
        GaussianHmm(np.array([1.0]), ok.transition, ok.means, ok.covariances)
    with pytest.raises(ValueError, match="sum to 1"):
        GaussianHmm(ok.start, 2.0 * ok.transition, ok.means, ok.covariances)
    with pytest.raises(ValueError, match="positive definite"):
        GaussianHmm(ok.start, ok.transition, ok.means, -ok.covariances)
