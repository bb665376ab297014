set(ENNEAD_DRIVERS arm/clock arm/cpus arm/mmu arm/window backtrace cpus devicetree gic/gic gic/gicv2 gic/gicv3 memmap pci_ecam pl011 psci radix string words)
set(ENNEAD_LIBFDT TRUE)
