"""How does a report read in a browser? One file that needs no other, rendered from report.json alone."""
