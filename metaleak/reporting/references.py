"""The literature behind the methods paragraph, by key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A publication with its DOI."""

    text: str
    doi: str


REFERENCES = {
    "zou2007": Reference(
        "Zou GY. One relative risk versus two odds ratios: implications for meta-analyses involving paired and "
        "unpaired binary data. Clin Trials 2007;4:25-31.",
        "10.1177/1740774506075667",
    ),
    "fagerland2013": Reference(
        "Fagerland MW, Lydersen S, Laake P. The McNemar test for binary matched-pairs data: mid-p and asymptotic are "
        "better than exact conditional. BMC Med Res Methodol 2013;13:91.",
        "10.1186/1471-2288-13-91",
    ),
    "zou2008": Reference(
        "Zou GY, Donner A. Construction of confidence limits about effect measures: a general approach. Stat Med "
        "2008;27:1693-702.",
        "10.1002/sim.3095",
    ),
    "mccullagh1989": Reference(
        "McCullagh P, Nelder JA. Generalized linear models. 2nd ed. London: Chapman and Hall; 1989.",
        "10.1201/9780203753736",
    ),
    "griffiths1973": Reference(
        "Griffiths DA. Maximum likelihood estimation for the beta-binomial distribution and an application to the "
        "household distribution of the total number of cases of a disease. Biometrics 1973;29:637-48.",
        "10.2307/2529131",
    ),
    "rao1992": Reference(
        "Rao JNK, Scott AJ. A simple method for the analysis of clustered binary data. Biometrics 1992;48:577-85.",
        "10.2307/2532311",
    ),
    "stroup2000": Reference(
        "Stroup DF, Berlin JA, Morton SC, et al. Meta-analysis of observational studies in epidemiology: a proposal "
        "for reporting (MOOSE). JAMA 2000;283:2008-12.",
        "10.1001/jama.283.15.2008",
    ),
    "rethlefsen2021": Reference(
        "Rethlefsen ML, Kirtley S, Waffenschmidt S, et al. PRISMA-S: an extension to the PRISMA statement for "
        "reporting literature searches in systematic reviews. Syst Rev 2021;10:39.",
        "10.1186/s13643-020-01542-z",
    ),
    "guyatt2008": Reference(
        "Guyatt GH, Oxman AD, Vist GE, et al. GRADE: an emerging consensus on rating quality of evidence and strength "
        "of recommendations. BMJ 2008;336:924-6.",
        "10.1136/bmj.39489.470347.AD",
    ),
    "iorio2015": Reference(
        "Iorio A, Spencer FA, Falavigna M, et al. Use of GRADE for assessment of evidence about prognosis: rating "
        "confidence in estimates of event rates in broad categories of patients. BMJ 2015;350:h870.",
        "10.1136/bmj.h870",
    ),
    "munn2015": Reference(
        "Munn Z, Moola S, Lisy K, Riitano D, Tufanaru C. Methodological guidance for systematic reviews of "
        "observational epidemiological studies reporting prevalence and cumulative incidence data. "
        "Int J Evid Based Healthc 2015;13:147-53.",
        "10.1097/XEB.0000000000000054",
    ),
    "whiting2011": Reference(
        "Whiting PF, Rutjes AWS, Westwood ME, et al. QUADAS-2: a revised tool for the quality assessment of diagnostic "
        "accuracy studies. Ann Intern Med 2011;155:529-36.",
        "10.7326/0003-4819-155-8-201110180-00009",
    ),
    "slim2003": Reference(
        "Slim K, Nini E, Forestier D, Kwiatkowski F, Panis Y, Chipponi J. Methodological index for non-randomized "
        "studies (MINORS): development and validation of a new instrument. ANZ J Surg 2003;73:712-6.",
        "10.1046/j.1445-2197.2003.02748.x",
    ),
    "stijnen2010": Reference(
        "Stijnen T, Hamza TH, Özdemir P. Random effects meta-analysis of event outcome in the framework of the "
        "generalized linear mixed model with applications in sparse data. Stat Med 2010;29:3046-67.",
        "10.1002/sim.4040",
    ),
    "sutton2007": Reference(
        "Sutton AJ, Cooper NJ, Jones DR, Lambert PC, Thompson JR, Abrams KR. Evidence-based sample size calculations "
        "based upon updated meta-analysis. Stat Med 2007;26:2479-500.",
        "10.1002/sim.2704",
    ),
    "langan2012": Reference(
        "Langan D, Higgins JPT, Gregory W, Sutton AJ. Graphical augmentations to the funnel plot assess the impact of "
        "additional evidence on a meta-analysis. J Clin Epidemiol 2012;65:511-9.",
        "10.1016/j.jclinepi.2011.10.009",
    ),
    "vevea1995": Reference(
        "Vevea JL, Hedges LV. A general linear model for estimating effect size in the presence of publication bias. "
        "Psychometrika 1995;60:419-35.",
        "10.1007/BF02294384",
    ),
    "page2021": Reference(
        "Page MJ, McKenzie JE, Bossuyt PM, et al. The PRISMA 2020 statement: an updated guideline for reporting "
        "systematic reviews. BMJ 2021;372:n71.",
        "10.1136/bmj.n71",
    ),
    "cohen1960": Reference(
        "Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37-46.",
        "10.1177/001316446002000104",
    ),
    "fleiss1969": Reference(
        "Fleiss JL, Cohen J, Everitt BS. Large sample standard errors of kappa and weighted kappa. "
        "Psychol Bull 1969;72:323-7.",
        "10.1037/h0028106",
    ),
    "lin2020": Reference(
        "Lin L, Chu H. Meta-analysis of proportions using generalized linear mixed models. Epidemiology 2020;31:713-7.",
        "10.1097/EDE.0000000000001232",
    ),
    "hardy1996": Reference(
        "Hardy RJ, Thompson SG. A likelihood approach to meta-analysis with random effects. Stat Med 1996;15:619-29.",
        "10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
    ),
    "higgins2009": Reference(
        "Higgins JPT, Thompson SG, Spiegelhalter DJ. A re-evaluation of random-effects meta-analysis. "
        "J R Stat Soc A 2009;172:137-59.",
        "10.1111/j.1467-985X.2008.00552.x",
    ),
    "higgins2002": Reference(
        "Higgins JPT, Thompson SG. Quantifying heterogeneity in a meta-analysis. Stat Med 2002;21:1539-58.",
        "10.1002/sim.1186",
    ),
    "viechtbauer2005": Reference(
        "Viechtbauer W. Bias and efficiency of meta-analytic variance estimators in the random-effects model. "
        "J Educ Behav Stat 2005;30:261-93.",
        "10.3102/10769986030003261",
    ),
    "viechtbauer2007": Reference(
        "Viechtbauer W. Confidence intervals for the amount of heterogeneity in meta-analysis. "
        "Stat Med 2007;26:37-52.",
        "10.1002/sim.2514",
    ),
    "knapp2003": Reference(
        "Knapp G, Hartung J. Improved tests for a random effects meta-regression with a single covariate. "
        "Stat Med 2003;22:2693-710.",
        "10.1002/sim.1482",
    ),
    "jackson2017": Reference(
        "Jackson D, Law M, Rücker G, Schwarzer G. The Hartung-Knapp modification for random-effects meta-analysis: "
        "a useful refinement but are there any residual concerns? Stat Med 2017;36:3923-34.",
        "10.1002/sim.7411",
    ),
    "clopper1934": Reference(
        "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. "
        "Biometrika 1934;26:404-13.",
        "10.1093/biomet/26.4.404",
    ),
    "welch1951": Reference(
        "Welch BL. On the comparison of several mean values: an alternative approach. Biometrika 1951;38:330-6.",
        "10.1093/biomet/38.3-4.330",
    ),
    "shapley1953": Reference(
        "Shapley LS. A value for n-person games. Ann Math Stud 1953;28:307-17.",
        "10.1515/9781400881970-018",
    ),
    "groemping2007": Reference(
        "Grömping U. Estimators of relative importance in linear regression based on variance decomposition. "
        "Am Stat 2007;61:139-47.",
        "10.1198/000313007X188252",
    ),
    "thompson2002": Reference(
        "Thompson SG, Higgins JPT. How should meta-regression analyses be undertaken and interpreted? "
        "Stat Med 2002;21:1559-73.",
        "10.1002/sim.1187",
    ),
    "searle1980": Reference(
        "Searle SR, Speed FM, Milliken GA. Population marginal means in the linear model: an alternative to least "
        "squares means. Am Stat 1980;34:216-21.",
        "10.1080/00031305.1980.10483031",
    ),
    "takwoingi2013": Reference(
        "Takwoingi Y, Leeflang MMG, Deeks JJ. Empirical evidence of the importance of comparative studies of "
        "diagnostic test accuracy. Ann Intern Med 2013;158:544-54.",
        "10.7326/0003-4819-158-7-201304020-00006",
    ),
    "menten2015": Reference(
        "Menten J, Lesaffre E. A general framework for comparative Bayesian meta-analysis of diagnostic studies. "
        "BMC Med Res Methodol 2015;15:70.",
        "10.1186/s12874-015-0061-7",
    ),
    "dendukuri2012": Reference(
        "Dendukuri N, Schiller I, Joseph L, Pai M. Bayesian meta-analysis of the accuracy of a test for tuberculous "
        "pleuritis in the absence of a gold standard reference. Biometrics 2012;68:1285-93.",
        "10.1111/j.1541-0420.2012.01773.x",
    ),
    "chung2013": Reference(
        "Chung Y, Rabe-Hesketh S, Dorie V, Gelman A, Liu J. A nondegenerate penalized likelihood estimator for "
        "variance parameters in multilevel models. Psychometrika 2013;78:685-709.",
        "10.1007/s11336-013-9328-2",
    ),
    "mantel1959": Reference(
        "Mantel N, Haenszel W. Statistical aspects of the analysis of data from retrospective studies of disease. "
        "J Natl Cancer Inst 1959;22:719-48.",
        "10.1093/jnci/22.4.719",
    ),
    "yusuf1985": Reference(
        "Yusuf S, Peto R, Lewis J, Collins R, Sleight P. Beta blockade during and after myocardial infarction: an "
        "overview of the randomized trials. Prog Cardiovasc Dis 1985;27:335-71.",
        "10.1016/s0033-0620(85)80003-7",
    ),
    "jackson2018": Reference(
        "Jackson D, Law M, Stijnen T, Viechtbauer W, White IR. A comparison of seven random-effects models for "
        "meta-analyses that estimate the summary odds ratio. Stat Med 2018;37:1059-85.",
        "10.1002/sim.7588",
    ),
    "viechtbauer2010": Reference(
        "Viechtbauer W, Cheung MWL. Outlier and influence diagnostics for meta-analysis. Res Synth Methods "
        "2010;1:112-25.",
        "10.1002/jrsm.11",
    ),
    "morris1983": Reference(
        "Morris CN. Parametric empirical Bayes inference: theory and applications. J Am Stat Assoc 1983;78:47-55.",
        "10.1080/01621459.1983.10477920",
    ),
    "ruecker2021": Reference(
        "Rücker G, Schwarzer G. Beyond the forest plot: the drapery plot. Res Synth Methods 2021;12:13-9.",
        "10.1002/jrsm.1435",
    ),
    "olkin2012": Reference(
        "Olkin I, Dahabreh IJ, Trikalinos TA. GOSH - a graphical display of study heterogeneity. Res Synth Methods "
        "2012;3:214-23.",
        "10.1002/jrsm.1053",
    ),
    "simonsohn2020": Reference(
        "Simonsohn U, Simmons JP, Nelson LD. Specification curve analysis. Nat Hum Behav 2020;4:1208-14.",
        "10.1038/s41562-020-0912-z",
    ),
    "voracek2019": Reference(
        "Voracek M, Kossmeier M, Tran US. Which data to meta-analyze, and how? A specification-curve and "
        "multiverse-analysis approach to meta-analysis. Z Psychol 2019;227:64-82.",
        "10.1027/2151-2604/a000357",
    ),
    "peters2006": Reference(
        "Peters JL, Sutton AJ, Jones DR, Abrams KR, Rushton L. Comparison of two methods to detect publication bias in "
        "meta-analysis. JAMA 2006;295:676-80.",
        "10.1001/jama.295.6.676",
    ),
    "hunter2014": Reference(
        "Hunter JP, Saratzis A, Sutton AJ, Boucher RH, Sayers RD, Bown MJ. In meta-analyses of proportion studies, "
        "funnel plots were found to be an inaccurate method of assessing publication bias. J Clin Epidemiol "
        "2014;67:897-903.",
        "10.1016/j.jclinepi.2014.03.003",
    ),
    "egger1997": Reference(
        "Egger M, Davey Smith G, Schneider M, Minder C. Bias in meta-analysis detected by a simple, graphical test. "
        "BMJ 1997;315:629-34.",
        "10.1136/bmj.315.7109.629",
    ),
    "begg1994": Reference(
        "Begg CB, Mazumdar M. Operating characteristics of a rank correlation test for publication bias. Biometrics "
        "1994;50:1088-101.",
        "10.2307/2533446",
    ),
    "duval2000": Reference(
        "Duval S, Tweedie R. Trim and fill: a simple funnel-plot-based method of testing and adjusting for publication "
        "bias in meta-analysis. Biometrics 2000;56:455-63.",
        "10.1111/j.0006-341X.2000.00455.x",
    ),
    "sterne2011": Reference(
        "Sterne JAC, Sutton AJ, Ioannidis JPA, et al. Recommendations for examining and interpreting funnel plot "
        "asymmetry in meta-analyses of randomised controlled trials. BMJ 2011;343:d4002.",
        "10.1136/bmj.d4002",
    ),
    "furuyakanamori2018": Reference(
        "Furuya-Kanamori L, Barendregt JJ, Doi SAR. A new improved graphical and quantitative method for detecting "
        "bias in meta-analysis. Int J Evid Based Healthc 2018;16:195-203.",
        "10.1097/XEB.0000000000000141",
    ),
    "schwarzer2024": Reference(
        "Schwarzer G, Rücker G, Semaca C. LFK index does not reliably detect small-study effects in meta-analysis: a "
        "simulation study. Res Synth Methods 2024;15:603-15.",
        "10.1002/jrsm.1714",
    ),
}
