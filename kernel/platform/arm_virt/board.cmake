set(ENNEAD_DRIVERS arm_clock arm_mmu devicetree gic/gic gic/gicv2 gic/gicv3 memmap pci_ecam pl011 psci string)
set(ENNEAD_LIBFDT TRUE)
