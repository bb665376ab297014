# Of kernel/platform/drivers: `string` is what compilers call; with a device tree also devicetree and memmap, and ENNEAD_LIBFDT.
set(ENNEAD_DRIVERS string)
