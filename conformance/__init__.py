"""Does it conform? Requirements, subjects, backends, acceptance, the checks, and the run that puts them together."""
