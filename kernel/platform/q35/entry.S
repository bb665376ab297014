/*
 * Where a PVH loader enters: 32-bit protected mode, paging off, ebx = start info. Looks whether the machine has room for
 * the kernel before a byte of it is relied on, and goes on to boot_entry.
 *
 * With little memory the loader puts the boot archive, and the firmware its own code, over the kernel. This page lies
 * below 0x7000, where neither comes (SeaBIOS clears what is above), and needs no other part of the image to say so.
 */
#include <x86/layout.h>

#define PHYS(symbol) (symbol - KERNEL_BASE)

#define START_MAGIC   0x336ec578
#define START_VERSION 4
#define START_MODULES 12
#define START_MODULE  16
#define START_MAP     40
#define START_ENTRIES 48
#define RANGE_SIZE    8 /* base, size, kind */
#define RANGE_KIND    16
#define RANGE_BYTES   24
#define KIND_RAM      1

#define ROOM        0x100000 /* behind the image: what the firmware may have used of it while it ran */
#define COM1        0x3f8
#define COM1_STATUS 0x3fd
#define COM1_EMPTY  0x20
#define DEBUG_EXIT  0xf4

/* XEN_ELFNOTE_PHYS32_ENTRY */
    .section .note.Xen, "a", @note
    .long 4, 4, 18
    .asciz "Xen"
    .long PHYS(board_entry)

    .section .low, "ax", @progbits
    .code32
board_entry:
    cld
    cmpl $START_MAGIC, (%ebx) /* no PVH loader enters here without, so it was written over */
    jne refuse
    cmpl $0, START_VERSION(%ebx)
    je boot

    cmpl $0, START_MODULES(%ebx)
    je 1f
    movl START_MODULE(%ebx), %esi
    cmpl $0, 4(%esi)
    jne 1f
    cmpl $PHYS(image_end), (%esi)
    jb refuse

1:  movl START_MAP(%ebx), %esi /* some range holds the image and the room */
    movl START_ENTRIES(%ebx), %ecx
    jecxz boot
2:  cmpl $KIND_RAM, RANGE_KIND(%esi)
    jne 3f
    cmpl $0, 4(%esi)
    jne 3f
    cmpl $PHYS(image_start), (%esi)
    ja 3f
    movl $(PHYS(image_end) + ROOM), %edx
    subl (%esi), %edx
    cmpl $0, RANGE_SIZE + 4(%esi)
    jne boot
    cmpl %edx, RANGE_SIZE(%esi)
    jae boot
3:  addl $RANGE_BYTES, %esi
    loop 2b

refuse:
    movl $PHYS(too_little), %esi
4:  lodsb
    testb %al, %al
    jz 6f
    movb %al, %ah
    movw $COM1_STATUS, %dx
5:  inb %dx, %al
    testb $COM1_EMPTY, %al
    jz 5b
    movw $COM1, %dx
    movb %ah, %al
    outb %al, %dx
    jmp 4b
6:  movw $DEBUG_EXIT, %dx
    movl $1, %eax
    outl %eax, %dx
7:  hlt
    jmp 7b

boot:
    movl $PHYS(boot_entry), %eax
    jmp *%eax

too_little:
    .ascii "ennead: cannot boot: too little memory: kernel, boot archive and loader lie over each other; "
    .asciz "give the machine more (QEMU: -m 16M)\r\n"

    .section .note.GNU-stack, "", @progbits
