# Complementary log-log normal fits of the sets in glmm_prop.json: lme4, and R's own optimiser on the same likelihood.
# Every row has an offset log(m), m = 1, 1.5, 1, 2.2, 4 in turn.
# Rscript tests/reference/cloglog.R > tests/reference/cloglog.json   (from the repository's root)
suppressMessages({library(lme4); library(jsonlite)})
sets <- fromJSON("tests/reference/glmm_prop.json")

row_loglik <- function(eta, tau, x, n) {
  g <- function(z) { u <- exp(eta + tau * z); dbinom(x, n, -expm1(-u), log = TRUE) - z^2 / 2 }
  top <- optimize(g, c(-40, 40), maximum = TRUE, tol = 1e-10)$maximum
  h <- 1e-4; s <- 1 / sqrt(max(-(g(top + h) - 2 * g(top) + g(top - h)) / h^2, 1e-8))
  z <- top + s * seq(-14, 14, length.out = 1601); height <- g(top)
  height + log(sum(exp(g(z) - height)) * (z[2] - z[1])) - log(2 * pi) / 2
}
loglik <- function(par, x, n, m) sum(mapply(function(x, n, m) row_loglik(par[1] + log(m), exp(par[2]), x, n), x, n, m))

tight <- function(x, n, m, start) {
  fit <- optim(c(start[1], log(start[2])), loglik, x = x, n = n, m = m, method = "Nelder-Mead",
               control = list(fnscale = -1, reltol = 1e-15, maxit = 2000))
  steps <- c(1e-4, 1e-4)
  fit <- optim(fit$par, loglik, x = x, n = n, m = m, method = "BFGS", hessian = TRUE,
               control = list(fnscale = -1, reltol = 1e-16, maxit = 200, ndeps = steps))
  list(mu = fit$par[1], tau = exp(fit$par[2]), logLik = fit$value,
       se = tryCatch(sqrt(diag(solve(-fit$hessian)))[1], error = function(e) NA))
}

glm_mixed <- function(x, n, m) {
  d <- data.frame(x, n, m, id = factor(seq_along(x)))
  fit <- glmer(cbind(x, n - x) ~ 1 + (1 | id), offset = log(m), family = binomial(link = "cloglog"), data = d, nAGQ = 25,
               control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
  list(mu = unname(fixef(fit)), tau = unname(attr(VarCorr(fit)$id, "stddev")), se = unname(sqrt(diag(as.matrix(vcov(fit))))))
}

quiet <- function(f, ...) tryCatch(suppressMessages(suppressWarnings(f(...))), error = function(e) list(error = conditionMessage(e)))
out <- list(software = list(R = R.version.string, lme4 = as.character(packageVersion("lme4"))), sets = list())
for (name in names(sets)) {
  x <- sets[[name]]$xi; n <- sets[[name]]$ni; m <- rep_len(c(1, 1.5, 1, 2.2, 4), length(x))
  lme <- quiet(glm_mixed, x, n, m)
  start <- if (is.null(lme$mu)) c(-0.5, 0.5) else c(lme$mu, max(lme$tau, 1e-3))
  out$sets[[name]] <- list(xi = x, ni = n, m = m, lme4 = lme, optim = quiet(tight, x, n, m, start))
}
cat(toJSON(out, auto_unbox = TRUE, digits = 12, na = "null", pretty = FALSE), "\n")
