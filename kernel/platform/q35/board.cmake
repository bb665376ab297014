set(ENNEAD_DRIVERS acpi backtrace cpus ioapic lapic memmap ns16550 pvh radix x86_clock)
