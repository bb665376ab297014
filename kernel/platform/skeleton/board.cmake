# Of kernel/platform/drivers: `string` is what compilers call; with a device tree also devicetree, memmap and words, and ENNEAD_LIBFDT.
set(ENNEAD_DRIVERS string)
