"""Does it conform? Requirements, subjects, backends, comparators, the checks, and the run that puts them together."""
