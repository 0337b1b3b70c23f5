#include "core.h"

// Which layout of records and state do Python and C agree on?
u32 core_version(void);
u32 core_version(void) { return 1; }
