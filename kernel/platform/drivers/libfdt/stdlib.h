/* libfdt includes it and, as far as the kernel uses it, needs nothing of it. */
