/* The PL011: see pl011.h. Registers as in Arm's DDI 0183. */
#include "pl011.h"
#include <arch/cpu.h>
#include <platform/platform.h>

enum {
    DATA = 0x00,
    FLAGS = 0x18,
    LINE = 0x2c,
    CONTROL = 0x30,
    MASK = 0x38,
    STATUS = 0x3c,
    MASKED_STATUS = 0x40,
};
#define FLAG_BUSY       0x08u
#define FLAG_NO_INPUT   0x10u
#define FLAG_FULL       0x20u
#define FLAG_EMPTY      0x80u
#define LINE_8N1_FIFO   0x70u
#define CONTROL_ENABLE  0x301u /* the UART, both directions */
#define INTERRUPT_INPUT 0x50u  /* enough came, or something did a while ago */
#define INTERRUPT_ROOM  0x20u

/* The 16550's. */
enum {
    FACE_DATA = 0,
    FACE_IDENTIFY = 2,
    FACE_LINE = 3,
    FACE_MODEM = 4,
    FACE_LINE_STATUS = 5,
    FACE_MODEM_STATUS = 6,
};
#define FACE_INPUT        0x01u
#define FACE_ROOM         0x02u
#define IDENTIFY_NONE     0x01u
#define IDENTIFY_ROOM     0x02u
#define IDENTIFY_INPUT    0x04u
#define FACE_8N1          0x03u
#define FACE_READY        0x0bu
#define STATUS_INPUT      0x01u
#define STATUS_ROOM       0x20u /* in the whole FIFO, which has 16 bytes as a 16550's */
#define STATUS_IDLE       0x40u
#define MODEM_ALL_PRESENT 0xb0u

static volatile uint8_t *base;

static uint32_t get(unsigned reg)
{
    return *(volatile uint32_t *)(base + reg);
}

static void set(unsigned reg, uint32_t value)
{
    *(volatile uint32_t *)(base + reg) = value;
}

BOOT_ONLY void pl011_init(volatile void *registers)
{
    base = registers;
    set(MASK, 0);
    set(LINE, LINE_8N1_FIFO);
    set(CONTROL, CONTROL_ENABLE);
}

/* A line that never empties must not hang a panic. */
void pl011_putc(char c)
{
    for (unsigned tries = 0; tries < 1000000 && (get(FLAGS) & FLAG_FULL); tries++)
        cpu_relax();
    set(DATA, (uint8_t)c);
}

int pl011_getc(void)
{
    return get(FLAGS) & FLAG_NO_INPUT ? -1 : (int)(get(DATA) & 0xff);
}

static uint8_t enabled(void)
{
    uint32_t mask = get(MASK);
    return (uint8_t)((mask & INTERRUPT_INPUT ? FACE_INPUT : 0) | (mask & INTERRUPT_ROOM ? FACE_ROOM : 0));
}

static uint8_t identify(void)
{
    uint32_t status = get(MASKED_STATUS);
    return status & INTERRUPT_INPUT ? IDENTIFY_INPUT : status & INTERRUPT_ROOM ? IDENTIFY_ROOM : IDENTIFY_NONE;
}

static uint8_t line_status(void)
{
    uint32_t flags = get(FLAGS);
    return (uint8_t)((flags & FLAG_NO_INPUT ? 0 : STATUS_INPUT) | (flags & FLAG_EMPTY ? STATUS_ROOM : 0) |
                     ((flags & (FLAG_EMPTY | FLAG_BUSY)) == FLAG_EMPTY ? STATUS_IDLE : 0));
}

uint8_t pl011_face_load(unsigned reg)
{
    switch (reg) {
    case FACE_DATA:
        return (uint8_t)get(DATA);
    case PL011_FACE_INTERRUPTS:
        return enabled();
    case FACE_IDENTIFY:
        return identify();
    case FACE_LINE:
        return FACE_8N1;
    case FACE_MODEM:
        return FACE_READY;
    case FACE_LINE_STATUS:
        return line_status();
    case FACE_MODEM_STATUS:
        return MODEM_ALL_PRESENT;
    default:
        return 0;
    }
}

bool pl011_face_store(unsigned reg, uint8_t value)
{
    if (reg == FACE_DATA)
        set(DATA, value);
    if (reg != PL011_FACE_INTERRUPTS)
        return false;
    set(MASK, (value & FACE_INPUT ? INTERRUPT_INPUT : 0) | (value & FACE_ROOM ? INTERRUPT_ROOM : 0));
    return value & FACE_ROOM && get(FLAGS) & FLAG_EMPTY && !(get(STATUS) & INTERRUPT_ROOM);
}
