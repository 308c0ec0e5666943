# Beta-binomial fits of the sets in glmm_prop.json: VGAM, glmmTMB, and R's own optimiser on the same likelihood.
# Rscript tests/reference/beta_binomial.R > tests/reference/beta_binomial.json   (from the repository's root)
suppressMessages({library(VGAM); library(glmmTMB); library(jsonlite)})
sets <- fromJSON("tests/reference/glmm_prop.json")

loglik <- function(par, x, n) {
  mu <- plogis(par[1]); size <- exp(-par[2])             # par[2] is the logit of the correlation
  a <- mu * size; b <- plogis(-par[1]) * size
  sum(lchoose(n, x) + lbeta(x + a, n - x + b) - lbeta(a, b))
}

tight <- function(x, n) {
  best <- NULL
  for (start in c(-4, -2, 0)) {
    fit <- optim(c(qlogis((sum(x) + .5) / (sum(n) + 1)), start), loglik, x = x, n = n, method = "Nelder-Mead",
                 control = list(fnscale = -1, reltol = 1e-15, maxit = 5000))
    fit <- optim(fit$par, loglik, x = x, n = n, method = "BFGS", hessian = TRUE,
                 control = list(fnscale = -1, reltol = 1e-16, maxit = 500, ndeps = c(1e-5, 1e-5)))
    if (is.null(best) || fit$value > best$value) best <- fit
  }
  list(logit_mean = best$par[1], logit_icc = best$par[2], logLik = best$value,
       se = tryCatch(sqrt(diag(solve(-best$hessian)))[1], error = function(e) NA))
}

vgam <- function(x, n) {
  fit <- vglm(cbind(x, n - x) ~ 1, VGAM::betabinomial, control = vglm.control(epsilon = 1e-12, maxit = 200))
  list(logit_mean = unname(coef(fit)[1]), logit_icc = unname(coef(fit)[2]), logLik = logLik(fit))
}

tmb <- function(x, n) {
  fit <- glmmTMB(cbind(x, n - x) ~ 1, family = glmmTMB::betabinomial)
  list(logit_mean = unname(fixef(fit)$cond), logit_icc = -log(sigma(fit)), logLik = as.numeric(logLik(fit)),
       se = unname(sqrt(diag(vcov(fit)$cond))))
}

quiet <- function(f, x, n) tryCatch(suppressWarnings(f(x, n)), error = function(e) list(error = conditionMessage(e)))
out <- list(software = list(R = R.version.string, VGAM = as.character(packageVersion("VGAM")),
                            glmmTMB = as.character(packageVersion("glmmTMB"))), sets = list())
for (name in names(sets)) {
  x <- sets[[name]]$xi; n <- sets[[name]]$ni
  out$sets[[name]] <- list(xi = x, ni = n, optim = quiet(tight, x, n), VGAM = quiet(vgam, x, n), glmmTMB = quiet(tmb, x, n))
}
cat(toJSON(out, auto_unbox = TRUE, digits = 12, na = "null", pretty = FALSE), "\n")
