set(ENNEAD_DRIVERS cpus devicetree memmap ns16550 openpic ppc_clock string words)
set(ENNEAD_LIBFDT TRUE)
