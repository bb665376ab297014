set(ENNEAD_DRIVERS cpus devicetree memmap of_client ppc_clock radix rtas string xics)
set(ENNEAD_LIBFDT TRUE)
