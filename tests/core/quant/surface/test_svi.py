"""Raw SVI against the reference slices S1 (clean) and S2 (arbitrage on purpose)."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from core.quant.surface.svi import (
    SviRaw,
    check_butterfly,
    density,
    durrleman_g,
    from_jump_wings,
    from_natural,
    shape,
    to_jump_wings,
    to_natural,
    total_variance,
)

TAU = 30 / 365
S1 = SviRaw(0.012, 0.11, -0.25, 0.02, 0.18)
S2 = SviRaw(-0.010, 0.18, 0.45, 0.20, 0.16)

# Source: section 2.9 of the reference; k, w, sigma, w', w'', g, density.
S1_TABLE = """
-0.5   0.0868299925656695 1.0278285733602  -0.1314484680784   0.02138966038602 0.34617196174   0.141097370846
-0.3   0.0611866314515088 0.86280782873517 -0.1233733090837   0.07201166576205 0.4594374878991 0.409474460103
-0.2   0.0493178748878142 0.77461870908751 -0.1126353029124   0.1551746070185  0.6078710629585 0.799559852271
-0.1   0.0390966384180623 0.68969251657515 -0.08851702158478  0.3520212783737  0.9118282144254 1.69357534144
-0.05  0.0351695287074108 0.65413754869051 -0.06736908872704  0.4947370642498  1.121338308286  2.3500430595
0.0    0.0324718473039023 0.62854923609649 -0.03964746786823  0.5999664008091  1.287782766487  2.83946411
0.05   0.0312481163499841 0.61659177385972 -0.009416111396411 0.5865044952515  1.307660795857  2.75465172983
0.1    0.0314674871639514 0.61875231487358 0.01717523126588   0.4663265119248  1.176965109659  2.13950236708
0.2    0.0350514285349873 0.65303831983711 0.05028174593052   0.2160604053626  0.8235153236439 0.893495677095
0.3    0.0409152973496051 0.70555140452004 0.06502963229142   0.09663357678707 0.6022391155723 0.3386252761
0.5    0.0551904247190957 0.81944096843458 0.07549620953259   0.0264545058731  0.4200423697038 0.0572893945724
"""  # noqa: E501
S2_TABLE = """
-0.3 0.0439957141885281 0.73162913371035 -0.09043634649588 0.03184884230983 0.4473380717553   0.353499209898
0.0  0.0199024945095165 0.49208435916258 -0.05955638569975 0.274256362341   1.092352243295    3.08133254791
0.2  0.0188             0.47826073781289 0.081             1.125            0.7987731086182   0.724084298779
0.4  0.0523024945095165 0.79771361811897 0.2215563856997   0.274256362341   -0.07722686818807 -0.0237376628003
0.5  0.0755             0.95842753160233 0.2398235294118   0.117239975575   -0.09303527367444 -0.019901295839
0.6  0.0999463732227369 1.1027303421704  0.2481258043593   0.05762958771012 -0.06389285329602 -0.00974126158702
0.8  0.150374057813072  1.3526089740667  0.2549222891282   0.01924451331986 0.001139601891876 9.18344063317e-5
"""  # noqa: E501


@pytest.mark.parametrize(("slice_", "text"), [(S1, S1_TABLE), (S2, S2_TABLE)], ids=["S1", "S2"])
def test_slices_match_the_reference(slice_: SviRaw, text: str) -> None:
    k, w, vol, slope, curvature, g, dens = np.array(text.split(), np.float64).reshape(-1, 7).T
    at = shape(k, slice_)
    np.testing.assert_allclose(at.w, w, rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(at.w / TAU), vol, rtol=1e-12)
    np.testing.assert_allclose(at.slope, slope, rtol=1e-10)
    np.testing.assert_allclose(at.curvature, curvature, rtol=1e-10)
    np.testing.assert_allclose(durrleman_g(k, slice_), g, rtol=1e-10)
    np.testing.assert_allclose(density(k, slice_), dens, rtol=1e-9)
    np.testing.assert_allclose(total_variance(k, slice_), at.w, rtol=1e-15)


def test_the_density_integrates_to_one_and_is_a_martingale() -> None:
    k = np.linspace(-8.0, 8.0, 160_001)
    p = density(k, S1)
    step = k[1] - k[0]
    assert p.sum() * step == pytest.approx(1.0, abs=1e-8)
    assert (p * np.exp(k)).sum() * step == pytest.approx(1.0, abs=1e-8)


def test_a_clean_slice_passes_the_butterfly_check() -> None:
    check = check_butterfly(S1)
    assert check.ok
    assert check.min_g == pytest.approx(0.26816543, rel=1e-7)
    assert check.at_k == pytest.approx(-1.5)


def test_a_slice_with_negative_density_fails_it() -> None:
    check = check_butterfly(S2)
    assert not check.ok
    assert check.min_g == pytest.approx(-0.09668083, rel=1e-6)
    assert check.at_k == pytest.approx(0.464)
    assert S2.min_variance == pytest.approx(0.01571922238, rel=1e-9)
    ends = np.array([0.3429968864, 0.795983465])
    np.testing.assert_allclose(durrleman_g(ends, S2), 0.0, atol=1e-9)
    inside = durrleman_g(np.array([ends[0] - 1e-6, ends[0] + 1e-6, *(ends[1] + [-1e-6, 1e-6])]), S2)
    np.testing.assert_array_equal(inside < 0.0, [False, True, True, False])


def test_wings_steeper_than_lees_bound_fail_it() -> None:
    assert not check_butterfly(SviRaw(0.1, 1.5, 0.5, 0.0, 0.5)).ok


def test_natural_parameters_match_the_reference_and_return() -> None:
    natural = to_natural(S1)
    expected = (-0.00717126756372671, -0.026475800154489, -0.25, 0.0408987041359503)
    assert astuple(natural) == pytest.approx((*expected, 5.37914353639919), rel=1e-12)
    assert astuple(from_natural(natural)) == pytest.approx(astuple(S1), rel=1e-12)


def test_jump_wings_match_the_reference_and_return() -> None:
    jw = to_jump_wings(S1, TAU)
    expected = (0.395074142197478, -0.110009948687777, 0.763043329518104, 0.457825997710862)
    assert astuple(jw) == pytest.approx((*expected, 0.379250422025342), rel=1e-12)
    assert astuple(from_jump_wings(jw, TAU)) == pytest.approx(astuple(S1), rel=1e-9)
    centred = SviRaw(0.01, 0.1, -0.4, 0.0, 0.2)
    back = from_jump_wings(to_jump_wings(centred, TAU), TAU)
    assert astuple(back) == pytest.approx(astuple(centred), rel=1e-9, abs=1e-12)


def test_jump_wings_without_a_raw_slice_are_refused() -> None:
    jw = to_jump_wings(S1, TAU)
    with pytest.raises(ValueError, match="beta"):
        from_jump_wings(type(jw)(jw.v, 5.0, jw.p, jw.c, jw.v_min), TAU)
    with pytest.raises(ValueError, match="symmetric"):
        from_jump_wings(to_jump_wings(SviRaw(0.01, 0.1, 0.0, 0.0, 0.2), TAU), TAU)


@pytest.mark.parametrize(
    "values",
    [
        (0.01, -0.1, 0.0, 0.0, 0.1),
        (0.01, 0.1, 1.5, 0.0, 0.1),
        (0.01, 0.1, 0.0, 0.0, 0.0),
        (-0.1, 0.1, 0.0, 0.0, 0.1),
        (float("nan"), 0.1, 0.0, 0.0, 0.1),
    ],
)
def test_parameters_outside_the_domain_cannot_be_built(
    values: tuple[float, float, float, float, float],
) -> None:
    with pytest.raises(ValueError, match="SVI needs"):
        SviRaw(*values)
