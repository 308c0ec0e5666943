"""How leaks were looked for: who was read, what counted, who knew what.

The words are the same in every review, as those of the checklists are: analyses act on them. Sheets that were begun
before these columns do without them, and a cell that the text does not fill stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: The word of ``verification`` for rows that a guard rail of the detection model leaves out.
SELECTED = "selected"

#: Column -> its words with their sentences. ``ct_timing`` has none: it is written as it is printed.
CONDUCT_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "verification": MappingProxyType(
            {
                "all": "all who were treated had the imaging",
                SELECTED: "some had it, for symptoms, on suspicion, for another illness, or by choice",
                "unclear": "some had it, and the text does not say how they came to it",
            }
        ),
        "leak_definition": MappingProxyType(
            {
                "any": "every leak, however small",
                "over_1_mm": "leaks of more than 1 mm",
                "clinically_noted": "leaks that the operator or a report named; nobody read images for leaks",
            }
        ),
        "blinded": MappingProxyType(
            {
                "yes": "read without knowing the other imaging, the arm and the course",
                "no": "read in the knowledge of one of them",
            }
        ),
    }
)

#: The columns in the order of the sheets.
CONDUCT = ("verification", "ct_timing", "leak_definition", "blinded")
