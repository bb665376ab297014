set(ENNEAD_DRIVERS devicetree memmap ns16550 openpic ppc_clock string)
set(ENNEAD_LIBFDT TRUE)
