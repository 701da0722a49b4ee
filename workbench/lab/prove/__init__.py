"""Is the fault of a lab as declared? Proved by captures and kernels, without the analysis."""
