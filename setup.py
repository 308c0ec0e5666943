"""The parts that are compiled; where there is no compiler the package does without them, slower and with equal results.

Everything else is declared in setup.cfg.
"""

from setuptools import Extension, setup

#: Module in metaleak.records -> its source there.
COMPILED = {"_scan": "_scan.pyx", "_rows": "_rows.pyx", "_pubmed_xml": "pubmed_xml.py"}

setup(
    ext_modules=[
        Extension(f"metaleak.records.{name}", [f"metaleak/records/{source}"], optional=True)
        for name, source in COMPILED.items()
    ]
)
