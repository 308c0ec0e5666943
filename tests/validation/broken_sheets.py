"""Sheets broken by hand: what was done to which sheet, and the finding that it has to give."""

import csv
import io

from metaleak.sheets.columns import LEAKS

CT1 = b"SYNTHETIC1,all,PVP,not_reported,vertebra,CT,stated,any,any,28,50,0,not_reported,,not_reported,all,day 1,any,yes,synthetic,high,"


def cell(old, new):
    """Change the first leak row (or another sheet's first row) by replacing text."""
    return lambda data: data.replace(old, new, 1)


def line(text):
    """Add a line at the end."""
    return lambda data: data + text + b"\n"


def put(row=2, **cells):
    """Write cells of one row by the names of their columns."""

    def change(data):
        rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
        for column, text in cells.items():
            rows[row - 1][rows[0].index(column)] = text
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()

    return change


def leak(**changes):
    """Add a leak row of the first study on X-ray that differs as named."""
    cells = {
        "study_id": "SYNTHETIC1", "arm": "all", "procedure": "PVP", "indication": "not_reported",
        "unit": "vertebra", "modality": "xray", "modality_basis": "stated", "leak_site": "any",
        "symptomatic": "any", "n_leak": "10", "n_total": "50", "derived": "0",
        "cement_viscosity": "not_reported", "cement_volume_ml": "", "approach": "not_reported",
        "verification": "", "ct_timing": "", "leak_definition": "", "blinded": "",
        "source_location": "synthetic", "confidence": "high", "note": "",
    } | changes  # fmt: skip
    return line(",".join(cells[name] for name in LEAKS.names).encode())


#: name of the case, sheet, how it is broken, and the finding: rule, row, column.
CASES = [
    # The file.
    ("empty file", "leaks", lambda _: b"", "R05", None, ""),
    ("header only", "leaks", lambda d: d.split(b"\n")[0] + b"\n", "R05", None, ""),
    ("a workbook renamed to csv", "leaks", lambda _: b"PK\x03\x04rest", "R03", None, ""),
    ("a web page", "studies", lambda _: b"<!DOCTYPE html><html></html>", "R03", None, ""),
    ("a PDF", "studies", lambda _: b"%PDF-1.7", "R03", None, ""),
    ("UTF-16", "leaks", lambda d: d.decode().encode("utf-16"), "R04", None, ""),
    ("cp1252", "studies", lambda d: d.replace(b"Synthetic 1", "Müller".encode("cp1252"), 1), "R04", 2, "label"),
    ("GB18030", "leaks", lambda d: d.replace(b"delete this row", "删除这一行".encode("gb18030"), 1), "R04", 2, "note"),
    ("UTF-16 without a mark", "leaks", lambda d: d.decode().encode("utf-16-le"), "R04", None, ""),
    ("UTF-32", "leaks", lambda d: d.decode().encode("utf-32"), "R04", None, ""),
    ("GB18030 in the header", "leaks", lambda d: d.replace(b"note\n", "备注\n".encode("gb18030"), 1), "R04", 1, ""),
    ("an old workbook", "leaks", lambda _: b"\xd0\xcf\x11\xe0rest", "R03", None, ""),
    ("a packed file", "leaks", lambda d: b"\x1f\x8b" + d, "R03", None, ""),
    ("a pointer to a file", "leaks", lambda _: b"version https://git-lfs.github.com/spec/v1\noid 1\n", "R03", None, ""),
    ("nothing but NUL bytes", "leaks", lambda _: b"\x00" * 40, "R04", None, ""),
    ("Excel's line about the delimiter", "leaks", lambda d: b"sep=;\n" + d.replace(b",", b";"), "R06", 1, ""),
    ("full-width commas", "leaks", lambda d: d.replace(b",", "，".encode()), "R06", 1, ""),
    ("no header", "leaks", lambda d: d.split(b"\n", 1)[1], "R06", 1, ""),
    ("a title above the header", "leaks", lambda d: b"My leaks\n" + d, "R06", 1, ""),
    ("a column missing", "leaks", lambda d: d.replace(b"n_total", b"total", 1), "R08", 1, "n_total"),
    ("a column unknown", "leaks", lambda d: d.replace(b"n_total", b"total", 1), "R09", 1, "total"),
    ("a column twice", "leaks", lambda d: d.replace(b"n_total", b"n_leak", 1), "R07", 1, "n_leak"),
    ("spaces around a name", "leaks", lambda d: d.replace(b",n_total,", b", n_total ,", 1), "R15", 1, "n_total"),
    ("an open quote", "leaks", cell(b"vertebra,CT", b'"vertebra,CT'), "R10", 2, ""),
    ("an open quote at the end of the last row", "leaks", lambda d: d[:-1] + b',"\n', "R10", 7, ""),
    ("two stray quotes with rows between them", "leaks", lambda d: d.replace(b"high,s", b'high,"s', 1).rstrip() + b'"\n', "R10", 2, ""),
    ("letters behind a closing quote", "leaks", cell(b"synthetic: delete this row", b'"synthetic": delete'), "R10", 2, ""),
    ("open quotes in every row", "leaks", lambda d: d + b'"SYNTHETIC1,x\n' * 60, "R10", 58, ""),
    ("a delimiter too many", "leaks", cell(b"28,50", b"28,,50"), "R11", 2, ""),
    ("a delimiter too few", "leaks", cell(b"28,50", b"2850"), "R11", 2, ""),
    ("a decimal comma", "leaks", cell(b"28,50,0,not_reported,,", b'28,50,0,not_reported,"3,5",'), "R24", 2, "cement_volume_ml"),
    ("a merge conflict", "leaks", line(b"<<<<<<< HEAD"), "R12", 8, ""),
    ("the middle of a merge conflict", "leaks", lambda d: d.replace(b"\nSYNTHETIC3", b"\n=======\nSYNTHETIC3"), "R12", 4, ""),
    ("a row of delimiters", "leaks", line(b"," * 17), "R13", 8, ""),
    ("a blank column", "leaks", lambda d: d.replace(b",n_leak", b",,n_leak").replace(b"any,any,", b"any,any,,"), "R14", 1, ""),
    ("a blank row", "leaks", lambda d: d.replace(b"\nSYNTHETIC2", b"\n\nSYNTHETIC2"), "R13", 3, ""),
    ("blank cells at the end", "leaks", lambda d: d.replace(b"\n", b",,\n"), "R14", 1, ""),
    ("values without a name", "leaks", lambda d: d.replace(b"note\n", b"note,\n").replace(b"row\n", b"row,x\n"), "R16", 2, ""),
    # The cells.
    ("NA in a count", "leaks", cell(b"28,50", b"NA,50"), "R20", 2, "n_leak"),
    ("a dash in a count", "leaks", cell(b"28,50", b"-,50"), "R20", 2, "n_leak"),
    ("an error of the spreadsheet", "leaks", cell(b"28,50", b"#REF!,50"), "R20", 2, "n_leak"),
    ("an unknown word", "leaks", cell(b"vertebra,CT", b"vertebrae,CT"), "R22", 2, "unit"),
    ("capitals in a word", "leaks", cell(b"vertebra,CT", b"Vertebra,CT"), "R22", 2, "unit"),
    ("thousands with a comma", "leaks", cell(b"28,50", b'28,"1,050"'), "R23", 2, "n_total"),
    ("thousands with a space", "leaks", cell(b"28,50", b"28,1 050"), "R23", 2, "n_total"),
    ("thousands with an apostrophe", "leaks", cell(b"28,50", b"28,1'050"), "R23", 2, "n_total"),
    ("full-width digits", "leaks", cell(b"28,50", "２８,50".encode()), "R25", 2, "n_leak"),
    ("decimals behind a count", "leaks", cell(b"28,50", b"28.0,50"), "R25", 2, "n_leak"),
    ("a NUL in a count", "leaks", cell(b"28,50", b"2\x008,50"), "R25", 2, "n_leak"),
    ("a yes for a flag", "leaks", put(derived="yes"), "R25", 2, "derived"),
    ("a fraction of a unit", "leaks", cell(b"28,50", b"28.5,50"), "R25", 2, "n_leak"),
    ("a negative count", "leaks", cell(b"28,50", b"-28,50"), "R25", 2, "n_leak"),
    ("a percentage", "leaks", cell(b"28,50", b"56%,50"), "R25", 2, "n_leak"),
    ("text in a count", "leaks", cell(b"28,50", b"about 28,50"), "R25", 2, "n_leak"),
    ("a sensitivity in percent", "pairs", cell(b"18,,,", b"18,64,,"), "R26", 2, "index_sensitivity"),
    ("a year of two digits", "reviews", cell(b"2019", b"19"), "R27", 2, "year"),
    ("a year to come", "reviews", cell(b"2019", b"2091"), "R27", 2, "year"),
    ("a PubMed number as Excel shows it", "studies", put(pmid="1.75E+07"), "R28", 2, "pmid"),
    ("a kappa above one", "pairs", put(kappa="5"), "R32", 2, "kappa"),
    ("an I2 above a hundred", "reviews", put(i2="870"), "R32", 2, "i2"),
    ("a litre of cement", "leaks", put(cement_volume_ml="1000"), "R32", 2, "cement_volume_ml"),
    ("letters in a PubMed number", "reviews", cell(b"A review,,", b"A review,PMID17453503,"), "R28", 2, "pmid"),
    ("a PMC number without PMC", "reviews", cell(b"A review,,,", b"A review,,6745641,"), "R29", 2, "pmcid"),
    ("a word before a DOI", "studies", put(doi="doi:10.1000/x"), "R30", 2, "doi"),
    ("a resolver before a DOI", "reviews", cell(b"A review,,,,", b"A review,,,https://doi.org/10.1/x,"), "R30", 2, "doi"),
    ("a script for an address", "reviews", cell(b"A review,,,,,", b"A review,,,,javascript:alert(1),"), "R31", 2, "url"),
    # What they mean.
    ("a required cell empty", "leaks", cell(b"vertebra,CT", b",CT"), "R40", 2, "unit"),
    ("a row still open", "leaks", cell(b"28,50", b",50"), "R41", 2, "n_leak"),
    ("a key twice", "leaks", line(CT1 + b"again"), "R42", 8, "study_id"),
    ("a study that is not there", "leaks", leak(study_id="SYNTHETIC9"), "R43", 8, "study_id"),
    ("more than all", "leaks", cell(b"28,50", b"58,50"), "R44", 2, "n_leak"),
    ("nothing looked at", "leaks", cell(b"28,50", b"0,0"), "R44", 2, "n_total"),
    ("vertebrae below patients", "leaks", leak(modality="CT", unit="patient", n_total="60"), "R49", 2, "n_total"),
    ("imaging without a basis", "leaks", cell(b"CT,stated", b"CT,none"), "R50", 2, "modality_basis"),
    ("a basis without imaging", "leaks", leak(modality="not_reported"), "R50", 8, "modality_basis"),
    ("both above the reference", "pairs", cell(b"50,28,20,18", b"50,28,40,39"), "R51", 2, "both_positive"),
    ("a sensitivity beside its counts", "pairs", cell(b"18,,,", b"18,0.9,,"), "R52", 2, "index_sensitivity"),
    ("almost all leak", "leaks", cell(b"28,50", b"50,50"), "R53", 2, "n_leak"),
    ("no leak anywhere", "leaks", cell(b"28,50", b"0,50"), "R53", 2, "n_leak"),
    ("very few units", "leaks", cell(b"28,50", b"1,3"), "R53", 2, "n_leak"),
    ("more symptoms than leaks", "leaks", leak(modality="CT", symptomatic="symptomatic", n_leak="30"), "R54", 8, "n_leak"),
    ("more at a site than anywhere", "leaks", leak(modality="CT", leak_site="venous", n_leak="30"), "R55", 8, "n_leak"),
    ("an estimate outside its interval", "reviews", cell(b"20,15,26", b"30,15,26"), "R56", 2, "estimate"),
    ("a formula", "leaks", cell(b"synthetic: delete this row", b"=HYPERLINK(0)"), "R57", 2, "note"),
    ("a formula in a title", "studies", put(title='=HYPERLINK("http://x")'), "R57", 2, "title"),
    ("a tab in a cell", "leaks", put(note="two\tcells"), "R58", 2, "note"),
    ("a soft hyphen", "leaks", put(note="ver\u00adtebra"), "R58", 2, "note"),
    ("a NUL", "leaks", cell(b"synthetic: delete this row", b"sy\x00nthetic"), "R58", 2, "note"),
    ("a mark that turns the line around", "leaks", cell(b"synthetic: d", "syn\u202ethetic".encode()), "R58", 2, "note"),
    ("a line break in a cell", "leaks", cell(b"synthetic: delete this row", b'"two\nlines"'), "R61", 2, "note"),
    ("UTF-8 read as cp1252 and saved", "studies", put(first_author="M\u00c3\u00bcller"), "R62", 2, "first_author"),
    ("a lost letter", "studies", put(first_author="M\ufffdller"), "R62", 2, "first_author"),
    ("a percentage beside its counts", "leaks", put(note="printed 57.1 %"), "R65", 2, "n_leak"),
    ("a doubt without a reason", "leaks", put(confidence="low", note=""), "R66", 2, "note"),
    ("an address of another record", "studies", put(pmid="11111111", url="https://pubmed.ncbi.nlm.nih.gov/17453503/"), "R68", 2, "pmid"),
    ("an identifier left in the address", "studies", put(url="https://doi.org/10.1000/x"), "R68", 2, "doi"),
    ("an address alone", "studies", put(note=""), "R69", 2, "pmid"),
    ("a total of its own", "leaks", leak(modality="CT", leak_site="venous", n_total="49"), "R70", 8, "n_total"),
    ("a count that differs between sheets", "pairs", put(reference_positive="27"), "R71", 2, "reference_positive"),
    ("who had CT differs between sheets", "pairs", put(verification="selected"), "R74", 2, "verification"),
    ("a time of imaging that is not reported", "leaks", put(7, ct_timing="day 1"), "R76", 7, "ct_timing"),
    ("a word of another checklist", "leaks", put(verification="some"), "R22", 2, "verification"),
    ("a label of another year", "studies", put(label="Smith 2020"), "R72", 2, "label"),
    ("a study in capitals and not", "studies", put(3, study_id="Synthetic1"), "R73", 3, "study_id"),
    ("an arm in capitals and not", "leaks", leak(arm="All"), "R73", 8, "arm"),
    ("a DOI with a full stop", "reviews", cell(b"A review,,,,", b"A review,,,10.1000/abc.,"), "R63", 2, "doi"),
    ("an answer of the other checklist", "risk_of_bias", line(b"SYNTHETIC1,jbi_1,2,synthetic,AB,"), "R95", 2, "answer"),
    ("an assessment begun", "risk_of_bias", line(b"SYNTHETIC1,jbi_1,yes,synthetic,AB,"), "R96", 2, "item"),
    ("low despite a flaw", "risk_of_bias", line(b"SYNTHETIC1,jbi_1,no,synthetic,AB,\nSYNTHETIC1,jbi_overall,low,synthetic,AB,"), "R97", 3, "answer"),
]  # fmt: skip
