"""From a strategy to every record that matches it: PubMed through the E-utilities, other databases as files."""
