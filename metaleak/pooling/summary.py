"""A result in a dozen lines, as text to paste and as a small table for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from metaleak import numbers
from metaleak.errors import UndefinedError

if TYPE_CHECKING:
    from metaleak.pooling.result import Coefficient, Convergence, Heterogeneity, MetaResult


_LEFT = 'style="text-align:left"'


def summary(result: MetaResult) -> str:
    """Return what a statistician pastes into a message: model, estimate, heterogeneity, certificate."""
    return "\n".join(f"{term:<16}{says}" if term else says for term, says in _lines(result))


def summary_html(result: MetaResult) -> str:
    """Return the same lines as a table without style."""
    rows = "".join(
        f"<tr><th {_LEFT}>{escape(term)}</th><td {_LEFT}>{escape(says)}</td></tr>"
        for term, says in _lines(result)
    )
    return f"<table>{rows}</table>"


def _lines(result: MetaResult) -> list[tuple[str, str]]:
    lines = [("Model", _settings(result)), ("Rows", f"{result.k} of {result.k_studies} studies")]
    lines += _natural(result)
    lines += [
        (_name(c, len(result.coefficients)), _coefficient(c, result.measure)) for c in result.coefficients
    ]
    lines += _beside(result)
    lines += _heterogeneity(result.heterogeneity, result.k)
    lines += _correlation(result)
    lines += getattr(result.detail, "lines", list)()
    lines.append(("Convergence", _certificate(result.convergence)))
    lines += [("Note", note) for note in result.notes]
    lines.append(("Table", f"sha256 {result.table_digest[:16]}"))
    return lines


def _settings(result: MetaResult) -> str:
    told = ", ".join(f"{name}={value}" for name, value in result.settings.items() if value is not None)
    return f"{result.model}({told})"


def _natural(result: MetaResult) -> list[tuple[str, str]]:
    if len(result.coefficients) != 1:
        return []
    try:
        natural = result.natural()
    except UndefinedError:
        return []
    level = f"{100 * result.level:g} %"
    limits = numbers.interval(natural.ci.low, natural.ci.high, 4)
    scale, _, of_what = natural.scale.partition(" (")
    says = f"{numbers.fixed(natural.estimate, 4)}, {level} interval {limits}"
    lines = [(scale.capitalize(), f"{says} ({of_what}" if of_what else says)]
    average = getattr(result.detail, "population_average", None)
    if not of_what and average is not None and average.value is not None:
        inside = "" if average.ci is None else f" {numbers.interval(average.ci.low, average.ci.high, 4)}"
        lines.append(("Mean of studies", f"{numbers.fixed(average.value, 4)}{inside}"))
    if natural.prediction is not None:
        inside = numbers.interval(natural.prediction.low, natural.prediction.high, 4)
        lines.append(("New study", f"{inside}, {natural.prediction.method}"))
    return lines


def _name(coefficient: Coefficient, count: int) -> str:
    return "Estimate" if count == 1 else coefficient.name[:15]


def _coefficient(c: Coefficient, measure: str) -> str:
    letter = "z" if c.df is None else f"t({c.df:g})"
    return (
        f"{numbers.fixed(c.value, 4)} ({measure}), se {numbers.fixed(c.se, 4)},"
        f" {numbers.interval(c.ci.low, c.ci.high, 4)}, {letter} = {numbers.fixed(c.statistic, 2)},"
        f" p {numbers.p_value(c.p_value)}; {c.ci.method}"
    )


def _beside(result: MetaResult) -> list[tuple[str, str]]:
    """Return the plain intervals of an adjusted mean, and the tests of sums over 2x2 tables."""
    lines = [
        ("Beside", f"{numbers.interval(other.low, other.high, 4)}, {other.method}")
        for other in getattr(result.detail, "beside", ())
    ]
    for name in ("association", "equal_ratios"):
        test = getattr(result.detail, name, None)
        if test is not None:
            says = f"{test.name}: chi2({test.df:g}) = {numbers.fixed(test.statistic, 2)}"
            lines.append(("Test", f"{says}, p {numbers.p_value(test.p_value)}; {test.method}"))
    return lines


def _heterogeneity(het: Heterogeneity, k: int) -> list[tuple[str, str]]:
    if het.tau2 is None:
        return [("Heterogeneity", "not defined for one row")] if k == 1 else []
    tau = f"{numbers.fixed(het.tau2, 4)} (tau {numbers.fixed(het.tau, 4)})"
    if het.tau2_ci is not None:
        tau += f" {numbers.interval(het.tau2_ci.low, het.tau2_ci.high, 4)}, {het.tau2_ci.method}"
    lines = [("tau2", tau)]
    if het.i2 is not None:
        lines.append(("I2", numbers.percent(het.i2)))
    if het.q is not None:
        lines.append(
            ("Q", f"{numbers.fixed(het.q, 2)}, df {het.q_df}, p {numbers.p_value(het.q_p)}; {het.q_method}")
        )
    return lines


def _correlation(result: MetaResult) -> list[tuple[str, str]]:
    icc = getattr(result.detail, "icc", None)
    if icc is None or icc.value is None:
        return []
    inside = "" if icc.ci is None else f" {numbers.interval(icc.ci.low, icc.ci.high, 4)}, {icc.ci.method}"
    return [("ICC", f"{numbers.fixed(icc.value, 4)}{inside}")]


def _certificate(c: Convergence) -> str:
    parts = [c.optimiser]
    if c.log_likelihood is not None:
        parts.append(f"log-likelihood {numbers.fixed(c.log_likelihood, 4)}")
    if c.gradient_norm is not None:
        parts.append(f"gradient {c.gradient_norm:.1e}")
    if c.quadrature_points is not None:
        parts.append(f"{c.quadrature_points} points (7 against 25: {c.quadrature_change:.1e})")
    return ", ".join(parts)
