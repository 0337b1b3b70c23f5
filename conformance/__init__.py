"""Does it conform? Requirements, subjects, backends, acceptance, the checks, and the run that puts them together."""

import mxfp8_conformance as mxfp8_conformance  # from here on, what others import as kernels is theirs
