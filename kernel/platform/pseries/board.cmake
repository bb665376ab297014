set(ENNEAD_DRIVERS cpus devicetree memmap of_client ppc_clock radix rtas string words xics)
set(ENNEAD_LIBFDT TRUE)
