"""An R script that computes the headline numbers again, with metafor and with base R, and compares.

It holds the pooled counts and the numbers of the results; it reads no file and needs nothing of this package.
The binomial-normal likelihood is integrated by the trapezoid rule on a fine grid, an independent route:
lme4, through metafor, stops a little early and is compared more loosely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak.reporting.data import ReportInput, Result
from metaleak.storage.strict_json import number
from metaleak.synthesis.subgroups import FEWEST_ROWS

#: Interval methods of the model beside the headline, as metafor's ``test`` calls them.
_TESTS = {"wald": "z", "t": "t", "hksj": "knha", "hksj-adhoc": "adhoc"}

_HEAD = r"""# Computes the pooled numbers of this review again and compares them.
#
#   Rscript {file}
#
# needs R with metafor and lme4. Three routes: the binomial-normal likelihood on a fine grid in base R (exact),
# the same model by rma.glmm (lme4 stops early, compared loosely), the inverse-variance model by rma.
# It ends with an error when a number differs.
{caveat}
suppressPackageStartupMessages(library(metafor))
options(digits = 10, warn = 1)

failed <- 0
compare <- function(what, here, there, tolerance) {{
  bad <- !is.finite(there) || abs(here - there) > tolerance * max(1, abs(here))
  if (bad) failed <<- failed + 1
  cat(sprintf("%-72s %14.8f %14.8f %s\n", what, here, there, if (bad) "DIFFERS" else "same"))
}}

# log-likelihood of x events among n with logit rate b + tau z, z standard normal; b is one number per row
z <- seq(-9, 9, by = 0.015)
loglik <- function(b, tau, x, n) {{
  eta <- outer(b, tau * z, "+")
  lp <- plogis(eta, log.p = TRUE); lq <- plogis(-eta, log.p = TRUE)
  f <- lchoose(n, x) + x * lp + (n - x) * lq
  f <- sweep(f, 2, dnorm(z, log = TRUE), "+")
  m <- apply(f, 1, max)
  sum(m + log(rowSums(exp(f - m)) * 0.015))
}}
fit <- function(X, x, n) {{
  start <- c(solve(crossprod(X), crossprod(X, qlogis((x + 0.5) / (n + 1)))), log(0.7))
  p <- ncol(X)
  f <- function(q) -loglik(drop(X %*% q[1:p]), exp(q[p + 1]), x, n)
  o <- optim(start, f, method = "BFGS", control = list(reltol = 1e-13, maxit = 500))
  o <- optim(o$par, f, method = "BFGS", control = list(reltol = 1e-15, maxit = 500))
  list(b = o$par[1:p], tau = exp(o$par[p + 1]), logLik = -o$value)
}}
fit_given <- function(x, n, tau) {{
  top <- optimize(function(b) loglik(rep(b, length(x)), tau, x, n), c(-12, 12), maximum = TRUE, tol = 1e-10)
  list(b = top$maximum, tau = tau, logLik = top$objective)
}}
# the profile interval of the intercept
profile <- function(found, x, n, level) {{
  drop <- function(b) {{
    top <- optimize(function(t) loglik(rep(b, length(x)), exp(t), x, n), c(-6, 2.5), maximum = TRUE, tol = 1e-9)
    2 * (found$logLik - top$objective) - qchisq(level, 1)
  }}
  c(uniroot(drop, c(found$b - 8, found$b), tol = 1e-8)$root, uniroot(drop, c(found$b, found$b + 8), tol = 1e-8)$root)
}}
"""

_FOOT = """
cat("\\n")
if (failed > 0) stop(failed, " numbers differ")
cat("every number is the same\\n")
"""

_BACK = {
    "PR": "function(v, n) v",
    "PLN": "function(v, n) exp(v)",
    "PLO": "function(v, n) plogis(v)",
    "PAS": "function(v, n) transf.iarcsin(v)",
    "PFT": "function(v, n) transf.ipft.hm(v, targs = list(ni = n))",
}


def rscript(report: ReportInput, *, file: str = "check.R") -> str:
    """Return the script for every analysis of the report that pools by group.

    Parameters
    ----------
    report : ReportInput
        Results as they were written.
    file : str
        What the script is called in its own first lines.

    Returns
    -------
    str
        ASCII text; texts of the sheets stand in it as R strings with every other character escaped.
    """
    caveat = "# This is a rehearsal, no systematic review.\n" if report.status == "rehearsal" else ""
    parts = [_HEAD.format(file=file, caveat=caveat)]
    for name in report.pooled:
        parts += _analysis(name, report.results[name], whole=name in (report.main_name, report.paired))
    return "\n".join([*parts, _FOOT])


def _analysis(name: str, result: Result, *, whole: bool) -> Iterator[str]:
    yield f"\n# ---- {_plain(name)}"
    counts = {group: _counts(result, group) for group in result["groups"]}
    for group, values in result["groups"].items():
        if values["convergence"] is not None:
            yield from _group(name, group, values, counts[group], result["settings"], whole=whole)
    for difference in result["difference"]:
        yield from _difference(name, difference, counts)


def _group(
    name: str,
    group: str,
    values: Mapping[str, Any],
    counts: tuple[list[int], list[int]],
    settings: Mapping[str, Any],
    *,
    whole: bool,
) -> Iterator[str]:
    label = f"{name}, {group}: "
    model = settings["model"]
    borrowed = model["tau2"] == "common" or values["k"] < FEWEST_ROWS
    yield _data(counts)
    yield (
        f"found <- fit_given(x, n, {values['tau']!r})"
        if borrowed
        else "found <- fit(matrix(1, length(x), 1), x, n)"
    )
    told = ", tau2 of all groups" if borrowed else ""
    yield _compare(f"{label}rate of the median study{told}", values["estimate"], "plogis(found$b)", 1e-5)
    yield _compare(
        f"{label}mean rate over studies{told}",
        values["population_average"]["value"],
        "sum(plogis(found$b + found$tau * z) * dnorm(z)) * 0.015",
        1e-5,
    )
    if borrowed:
        return
    if values["tau2"] > 0:
        yield _compare(label + "tau2", values["tau2"], "found$tau^2", 1e-4)
        yield 'mixed <- rma.glmm(measure = "PLO", xi = x, ni = n, nAGQ = 7)'
        yield _compare(label + "rate by rma.glmm", values["estimate"], "plogis(coef(mixed)[[1]])", 5e-3)
    if whole and model["ci_method"] == "profile":
        yield f"limits <- plogis(profile(found, x, n, {model['level']}))"
        for end, place in (("ci_low", 1), ("ci_high", 2)):
            limit = number(values[end])
            if limit is not None and 0 < limit < 1:
                yield _compare(f"{label}{end} (profile)", limit, f"limits[{place}]", 1e-4)
    yield from _beside(label, values["beside"], settings, level=model["level"])


def _beside(
    label: str, beside: Mapping[str, Any], settings: Mapping[str, Any], *, level: float
) -> Iterator[str]:
    if beside["estimate"] is None:
        return
    wanted = settings["beside"]
    yield f"back <- {_BACK[wanted['measure']]}"
    yield (
        f"inverse <- rma(measure = {_string(wanted['measure'])}, xi = x, ni = n, "
        f"method = {_string(wanted['method'])}, test = {_string(_TESTS[wanted['ci_method']])}, "
        f"level = {level}, control = list(threshold = 1e-12, maxiter = 10000))"
    )
    shown = {"estimate": "inverse$beta[1]", "ci_low": "inverse$ci.lb", "ci_high": "inverse$ci.ub"}
    for key, there in shown.items():
        value = number(beside[key])
        if value is not None:
            yield _compare(
                f"{label}{wanted['method']} on {wanted['measure']}, {key}", value, f"back({there}, n)", 1e-6
            )


def _difference(
    name: str, difference: Mapping[str, Any], counts: Mapping[str, tuple[list[int], list[int]]]
) -> Iterator[str]:
    of, against = difference["of"], difference["against"]
    first, second = counts[against], counts[of]
    if difference["odds_ratio"] is None:
        return
    label = f"{name}, {of} against {against}: "
    yield _data((first[0] + second[0], first[1] + second[1]))
    yield f"g <- rep(0:1, c({len(first[0])}, {len(second[0])}))"
    yield "one <- fit(matrix(1, length(x), 1), x, n); two <- fit(cbind(1, g), x, n)"
    yield _compare(label + "odds ratio", difference["odds_ratio"], "exp(two$b[2])", 1e-4)
    if difference["p_value"] is not None:
        there = "pchisq(2 * (two$logLik - one$logLik), 1, lower.tail = FALSE)"
        yield _compare(label + "p by likelihood ratio", difference["p_value"], there, 1e-4)


def _counts(result: Result, group: str) -> tuple[list[int], list[int]]:
    rows = [row for row in result["rows"] if row["group"] == group]
    return [row["events"] for row in rows], [row["total"] for row in rows]


def _data(counts: tuple[Sequence[int], Sequence[int]]) -> str:
    return "\n".join(
        f"{name} <- c({', '.join(map(str, part))})" for name, part in zip("xn", counts, strict=True)
    )


def _compare(what: str, here: Any, there: str, tolerance: float) -> str:
    return f"compare({_string(what)}, {float(here)!r}, {there}, {tolerance!r})"


def _string(text: str) -> str:
    """Return an R string: letters, digits and a few marks as they are, all else by its code."""
    return (
        '"'
        + "".join(char if _is_plain(char) else f"\\U{ord(char):08x}" for char in text if char != "\0")
        + '"'
    )


def _is_plain(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in " .,:;()+-_/[]%<>=")


def _plain(text: str) -> str:
    return "".join(char if _is_plain(char) else "?" for char in text)
