set(ENNEAD_DRIVERS acpi ioapic lapic memmap ns16550 pvh x86_clock)
