set(ENNEAD_DRIVERS backtrace cpus devicetree memmap ns16550 pci_ecam plic radix riscv_aia riscv_clock string words)
set(ENNEAD_LIBFDT TRUE)
