"""What people judge about the evidence: risk of bias study by study, certainty rate by rate.

Nothing here judges in their place. What is not written down stays "not assessed" and "undecided"; numbers
only suggest.
"""
