set(ENNEAD_DRIVERS devicetree memmap of_client ppc_clock radix rtas string64 xics)
set(ENNEAD_LIBFDT TRUE)
