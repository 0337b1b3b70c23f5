"""Which wrong kernels does the suite stop? A catalogue of defects, re-created one by one and judged."""
