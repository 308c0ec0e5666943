# Two readings of the same units: escalc's paired measures, their pools, exact tests, and the pooled conditional odds
# ratio by lme4 and by R's own optimiser on the same likelihood. Counts are made up, except where a set is named otherwise.
# Rscript tests/reference/matched.R > tests/reference/matched.json   (from the repository's root)
suppressMessages({library(metafor); library(lme4); library(jsonlite)})
source("tests/reference/json_out.R")

sets <- list(   # both, only the reference, only the index, neither
  plain = list(both = c(30, 22, 41, 9, 55, 18), only_reference = c(12, 20, 9, 11, 30, 4),
               only_index = c(4, 3, 10, 2, 8, 6), neither = c(50, 61, 33, 12, 90, 20)),
  wide = list(both = c(10, 40, 25, 60, 33, 12, 8, 90), only_reference = c(2, 45, 3, 30, 40, 1, 14, 5),
              only_index = c(12, 4, 18, 2, 6, 9, 1, 25), neither = c(30, 70, 22, 51, 80, 14, 40, 101)),
  empty_cells = list(both = c(77, 9, 0, 5, 12), only_reference = c(72, 4, 7, 0, 3),
                     only_index = c(0, 0, 2, 0, 1), neither = c(32, 22, 30, 14, 0))
)
codes <- c("MPRR", "MPRD", "MPORC", "MPOR", "MPPETO")

effect <- function(s, code, to) {
  e <- suppressWarnings(escalc(measure = code, ai = s$both, bi = s$only_index, ci = s$only_reference, di = s$neither,
                               add = .5, to = to))
  list(yi = arr(as.numeric(e$yi)), vi = arr(as.numeric(e$vi)))
}
pool <- function(e) {
  f <- rma(yi = e$yi$v, vi = e$vi$v, method = "REML", test = "knha", control = list(threshold = 1e-14, maxiter = 10000))
  list(beta = as.numeric(f$beta), se = f$se, ci_lb = f$ci.lb, ci_ub = f$ci.ub, tau2 = f$tau2, QE = f$QE)
}
exact <- function(b, c, level = .95) {   # b on the index alone, c on the reference alone
  t <- binom.test(b, b + c, conf.level = level)
  f <- dbinom(b, b + c, .5)
  p <- t$conf.int / (1 - t$conf.int)
  list(b = b, c = c, p = t$p.value, mid_p = if (b == c) 1 - f / 2 else t$p.value - f, low = p[1], high = p[2],
       one_sided_high = { u <- binom.test(b, b + c, alternative = "less", conf.level = level)$conf.int[2]; u / (1 - u) })
}
loglik <- function(par, x, n) {   # tau on the log scale
  sum(mapply(function(x, n) log(integrate(function(u) dbinom(x, n, plogis(par[1] + exp(par[2]) * u)) * dnorm(u), -9, 9,
                                          rel.tol = 1e-12, subdivisions = 2000)$value), x, n))
}
tight <- function(x, n) {
  start <- c(qlogis(sum(x) / sum(n)), -.5)
  f <- optim(start, loglik, x = x, n = n, control = list(fnscale = -1, reltol = 1e-15, maxit = 5000))
  f <- optim(f$par, loglik, x = x, n = n, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, ndeps = c(1e-5, 1e-5)))
  list(log_odds_ratio = f$par[1], tau = exp(f$par[2]), logLik = f$value)
}
glmer1 <- function(x, n) {
  f <- glmer(cbind(x, n - x) ~ 1 + (1 | id), data = data.frame(x = x, n = n, id = seq_along(x)), family = binomial, nAGQ = 25,
             control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-10)))
  list(log_odds_ratio = unname(fixef(f)), se = sqrt(vcov(f)[1, 1]), tau = unname(sqrt(VarCorr(f)$id[1])))
}

out <- list(software = list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
                            lme4 = as.character(packageVersion("lme4"))),
            data = lapply(sets, function(s) lapply(s, arr)), escalc = list(), pools = list(), exact = list(), conditional = list())
for (name in names(sets)) {
  s <- sets[[name]]
  out$escalc[[name]] <- list()
  for (code in codes) for (to in c("only0", "all", "if0all", "none"))
    out$escalc[[name]][[paste0(code, "_", to)]] <- effect(s, code, to)
  if (name != "empty_cells") {
    out$pools[[name]] <- lapply(setNames(codes, codes), function(code) pool(effect(s, code, "only0")))
    x <- s$only_index; n <- x + s$only_reference
    out$conditional[[name]] <- list(optim = tight(x, n), lme4 = glmer1(x, n))
  }
}
pairs <- list(c(0, 87), c(87, 0), c(4, 12), c(12, 4), c(5, 5), c(1, 0), c(0, 1), c(30, 45), c(2, 3))
out$exact <- setNames(lapply(pairs, function(p) exact(p[1], p[2])), sapply(pairs, paste, collapse = "_"))
write_json_full(out, "/dev/stdout")
