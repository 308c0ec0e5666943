# Tests of several coefficients with CR2 covariances (HTZ): Rscript htz.R multilevel.json > htz.json
suppressMessages({library(metafor); library(clubSandwich); library(jsonlite)})
sets <- fromJSON(commandArgs(TRUE)[1])
out <- lapply(sets, function(s) {
  d <- data.frame(yi = s$data$yi, vi = s$data$vi, cluster = as.character(s$data$cluster), m = s$data$mod)
  d$row <- seq_len(nrow(d))
  d$z <- factor(d$row %% 3)
  f <- rma.mv(yi, vi, mods = ~ m + z, random = ~ 1 | cluster/row, data = d, control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-14))
  test <- function(which) {
    w <- Wald_test(f, constraints = constrain_zero(which), vcov = "CR2", cluster = d$cluster, test = "HTZ")
    list(statistic = w$Fstat, df_num = w$df_num, df_denom = w$df_denom, p_value = w$p_val)
  }
  list(beta = as.numeric(f$beta), z = test(3:4), all = test(2:4))
})
cat(toJSON(out, digits = I(15), auto_unbox = TRUE))
