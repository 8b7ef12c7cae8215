"""The scalar Kalman filter against the reference table, pykalman, outliers and drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.quant.pairs.kalman import KalmanNoise, KalmanState, Robust, ols_start, run, step
from core.quant.types import FloatArray

# Source: section 4.9 (iii) of the reference.
X = np.array([4.00, 4.02, 4.01, 4.05, 4.08, 4.06, 4.10, 4.13, 4.11, 4.15])
Y = np.array([5.71, 5.73, 5.70, 5.78, 5.80, 5.79, 5.83, 5.88, 5.84, 5.90])
START = KalmanState(0.5, 1.3, 0.01, 0.0, 0.01)
NOISE = KalmanNoise.from_delta(1e-4, 1e-3)
# v, S, z, alpha, beta, P00, P01, P11 of bars 1 to 10
TABLE = """
0.01 0.172700170017 0.02406321311789
    0.5005848291869 1.302339316748 0.00950933193733 -0.00236271225466 0.000649160982356
-0.005988882512397 0.00372003817029 -0.09819109321782
    0.5004057462521 1.301294565145 0.00960601561689 -0.00238211767518 0.000635961736434
-0.01859695248353 0.003435940998108 -0.3172626391976
    0.4995736658795 1.298214167424 0.00969914713454 -0.00240758211964 0.000641701256759
0.02265895605335 0.003463660871873 0.3850101822809
    0.4998906184588 1.302115425189 0.00979847942514 -0.00241592381846 0.000639036222316
-0.01252155322943 0.003487010119289 -0.212046740087
    0.4997415228259 1.299963086056 0.0098979950396 -0.00242306076469 0.000636017527266
0.01240834778595 0.003455134996277 0.2110967015243
    0.5003174858989 1.301992915475 0.00999056069742 -0.00244929638204 0.000643567038314
-0.008488439346382 0.003505870396572 -0.1433606367066
    0.5002001650061 1.300541717657 0.0100899009821 -0.00245758042101 0.000641107828562
0.008562541070645 0.00353146941258 0.1440870477754
    0.5002974023807 1.302004348155 0.0101894555584 -0.00246443085307 0.000638074623274
-0.01153527329907 0.003499643228921 -0.1949916446137
    0.499767863692 1.30012853155 0.0102820905363 -0.00249055583912 0.000645540521808
0.004698730377348 0.003550730951647 0.07885362117037
    0.4998291249113 1.300927123263 0.0103814969668 -0.00249842388985 0.000642983838973
"""


def test_each_bar_matches_the_reference() -> None:
    state = START
    rows = []
    for x, y in zip(X, Y, strict=True):
        one = step(state, float(x), float(y), NOISE)
        state = one.state
        rows.append((one.v, one.s, one.z, state.alpha, state.beta, state.p00, state.p01, state.p11))
    table = np.array(TABLE.split(), np.float64).reshape(10, 8)
    np.testing.assert_allclose(rows, table, rtol=1e-9)


def test_the_log_likelihood_matches_the_reference() -> None:
    assert run(START, X, Y, NOISE).log_likelihood == pytest.approx(16.8989065780295, rel=1e-9)


def test_a_start_without_uncertainty_matches_the_reference() -> None:
    result = run(replace(START, p00=0.0, p11=0.0), X, Y, NOISE)
    assert result.v[-1] == pytest.approx(0.004701083472923, rel=1e-9)
    assert result.s[-1] == pytest.approx(0.003549942053145, rel=1e-9)
    assert (result.last.alpha, result.last.beta) == pytest.approx(
        (0.5001858729097, 1.300840929303), rel=1e-9
    )
    assert result.log_likelihood == pytest.approx(19.02435500881, rel=1e-9)


@pytest.mark.parametrize(
    ("robust", "c", "expected"),
    [
        (Robust.PLAIN, 2.5, "0.512408347786 8.71733400103 0.523526179068 1.38378581223"),
        (Robust.SATURATION, 2.5, "0.512408347786 8.71733400103 0.506562603743 1.32400218051"),
        (Robust.HUBER, 1.345, "0.512408347786 8.71733400103 0.508937505041 1.3323718916"),
        (Robust.STUDENT_T, 2.5, "0.512706183157 8.86102581502 0.503991640325 1.31457088312"),
    ],
)
def test_a_bad_print_is_taken_as_the_reference_says(
    robust: Robust, c: float, expected: str
) -> None:
    later = {
        Robust.PLAIN: (-0.367048009226, 0.515471488666, 1.29771679977),
        Robust.SATURATION: (-0.104971543838, 0.50403825484, 1.30006327245),
        Robust.HUBER: (-0.141662260607, 0.504139337158, 1.30008978166),
        Robust.STUDENT_T: (-0.0637322611338, 0.501429897238, 1.30060031351),
    }
    y = Y.copy()
    y[5] = 6.29
    result = run(START, X, y, KalmanNoise.from_delta(1e-4, 1e-3, robust, c))
    z6 = result.v[5] / np.sqrt(result.s[5])
    six = (result.v[5], z6, result.alpha[5], result.beta[5])
    assert six == pytest.approx([float(word) for word in expected.split()], rel=1e-9)
    assert (result.v[6], result.alpha[9], result.beta[9]) == pytest.approx(later[robust], rel=1e-9)


def _drifting(bars: int = 3000) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x, y and the planted beta, which walks from 1.0 to about 1.4 and back."""
    rng = np.random.default_rng(3)
    x = 4.0 + np.cumsum(0.01 * rng.standard_normal(bars))
    beta = 1.2 - 0.2 * np.cos(np.linspace(0.0, 2.0 * np.pi, bars))
    y = 0.5 + beta * x + 0.01 * rng.standard_normal(bars)
    return x, y, beta


def test_the_filter_equals_pykalman() -> None:
    from pykalman import KalmanFilter

    x, y, _ = _drifting(400)
    q = NOISE.q00 * np.eye(2)
    other = KalmanFilter(
        transition_matrices=np.eye(2),
        observation_matrices=np.stack([np.ones(400), x], axis=1)[:, None, :],
        transition_covariance=q,
        observation_covariance=np.array([[NOISE.r]]),
        initial_state_mean=np.array([START.alpha, START.beta]),
        initial_state_covariance=0.01 * np.eye(2) + q,
    )
    means, covariances = other.filter(y)
    ours = run(START, x, y, NOISE)
    np.testing.assert_allclose(np.stack([ours.alpha, ours.beta], 1), means, rtol=1e-10)
    last = np.array([[ours.last.p00, ours.last.p01], [ours.last.p01, ours.last.p11]])
    np.testing.assert_allclose(last, covariances[-1], rtol=1e-8)


@pytest.mark.parametrize("robust", list(Robust))
def test_a_planted_drifting_beta_is_tracked(robust: Robust) -> None:
    # x swings around 0, so that beta is not confounded with alpha.
    _, _, beta = _drifting()
    rng = np.random.default_rng(6)
    x = 0.3 * rng.standard_normal(beta.size)
    y = 0.5 + beta * x + 0.01 * rng.standard_normal(beta.size)
    c = 6.0 if robust is Robust.GATE else 3.0
    noise = KalmanNoise(1e-7, 0.0, 2e-6, 1e-4, robust, c)
    result = run(ols_start(x[:200], y[:200]), x[200:], y[200:], noise)
    error = result.beta - beta[200:]
    assert np.abs(error).max() < 0.03
    assert np.abs(result.alpha[50:] - 0.5).max() < 0.01


@pytest.mark.parametrize("robust", [Robust.SATURATION, Robust.STUDENT_T, Robust.GATE])
def test_one_bad_print_does_not_move_the_robust_beta(robust: Robust) -> None:
    x, y, _ = _drifting(1000)
    bad = y.copy()
    bad[900] += 0.3
    c = 6.0 if robust is Robust.GATE else 2.5
    noise = KalmanNoise(1e-6, 0.0, 1e-6, 1e-4, robust, c)
    moved = abs(run(START, x, bad, noise).beta[900] - run(START, x, y, noise).beta[900])
    plain = KalmanNoise(1e-6, 0.0, 1e-6, 1e-4)
    plainly = abs(run(START, x, bad, plain).beta[900] - run(START, x, y, plain).beta[900])
    assert moved < 0.15 * plainly
    assert moved < 0.01


def test_the_gate_counts_and_asks_for_a_restart() -> None:
    noise = KalmanNoise.from_delta(1e-6, 1e-4, Robust.GATE, c=6.0)
    state = replace(START, p00=1e-4, p11=1e-4)
    due = []
    for _ in range(5):
        one = step(state, 4.0, 9.0, noise)
        assert (one.state.alpha, one.state.beta) == (state.alpha, state.beta)
        assert one.state.p00 > state.p00
        state = one.state
        due.append(one.restart_due)
    assert due == [False] * 4 + [True]
    assert step(state, 4.0, state.alpha + 4.0 * state.beta, noise).state.gated == 0


def test_a_missing_bar_only_widens_the_covariance() -> None:
    one = step(START, 4.0, float("nan"), NOISE)
    assert np.isnan([one.v, one.s, one.z]).all()
    assert one.log_likelihood == 0.0
    assert one.state == replace(START, p00=0.01 + NOISE.q00, p11=0.01 + NOISE.q11)
    assert np.isfinite(step(one.state, 4.0, 5.7, NOISE).v)


def test_appending_bars_does_not_change_the_past() -> None:
    x, y, _ = _drifting(300)
    part, whole = run(START, x[:200], y[:200], NOISE), run(START, x, y, NOISE)
    np.testing.assert_array_equal(part.beta, whole.beta[:200])


def test_the_ols_start_is_least_squares() -> None:
    x, y, _ = _drifting(100)
    slope, intercept = np.polyfit(x, y, 1)
    state = ols_start(x, y)
    assert (state.alpha, state.beta) == pytest.approx((intercept, slope), rel=1e-9)


def test_bad_starts_and_noises_are_refused() -> None:
    with pytest.raises(ValueError, match="3 or more bars"):
        ols_start(X[:2], Y[:2])
    with pytest.raises(ValueError, match="x that moves"):
        ols_start(np.ones(5), Y[:5])
    with pytest.raises(ValueError, match="finite y"):
        ols_start(X[:3], np.array([1.0, np.nan, 2.0]))
    with pytest.raises(ValueError, match="delta"):
        KalmanNoise.from_delta(1.0)
    with pytest.raises(ValueError, match="r > 0"):
        KalmanNoise.from_delta(1e-4, 0.0)
    with pytest.raises(ValueError, match="robust rule"):
        KalmanNoise.from_delta(1e-4, 1e-3, Robust.HUBER, c=0.0)
