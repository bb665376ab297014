/*
 * Faults of components: said in full on the debug output, then the component is taken apart, so that its clients get an
 * error at once. The rest lives on.
 */
#include "root.h"
#include <ennead/port.h>
#include <ennead/text.h>
#include <thread_client.h>

#define BACKTRACE_MAX     24u
#define REGISTERS_AT_ONCE 8u

static const char *exception_name(uint64_t exception)
{
    static const char *const names[] = {
        "illegal instruction", "arithmetic exception",     "misaligned access",  "breakpoint",
        "single step",         "floating-point exception", "impossible address", "exception"};
    return exception < sizeof names / sizeof names[0] ? names[exception] : "exception";
}

static void print_registers(const uint64_t *values, unsigned count)
{
    static const char *const names[] = ENNEAD_REGISTER_NAMES;
    for (unsigned i = 0; i < count; i++) {
        root_print(" %4s %016llx%s", i < ENNEAD_REGISTER_COUNT ? names[i] : "?", (unsigned long long)values[i],
                   i % 4 == 3 || i + 1 == count ? "\n" : "");
    }
}

/* A word of the frame; 0 ends the trace as well. */
static ennead_word frame_word(const struct component *c, uint64_t frame, int64_t index)
{
    ennead_word value = 0;
    if (frame == 0 || !load_peek(c, frame + (uint64_t)(index * (int64_t)sizeof value), &value))
        return 0;
    return value;
}

/* The first frame that holds a return address, which would lie below all stacks. */
static uint64_t first_with_address(const struct component *c, uint64_t frame)
{
    if (!ENNEAD_LEAF_KEEPS_FRAME)
        return frame;
    ennead_word kept = frame_word(c, frame, ENNEAD_FRAME_RETURN);
    return kept > frame ? kept : frame;
}

/*
 * Frames ascend in the stack; anything else ends the trace. A function that called nobody yet may have its return
 * address in the link register only; of any other one that register holds an old one, perhaps the one that was saved.
 */
static void print_backtrace(const struct component *c, uint64_t pc, uint64_t frame, uint64_t link)
{
    const char *program = c->spec->program;
    unsigned n = 0;
    root_print("  #%u %s+0x%llx\n", n++, program, (unsigned long long)pc);
    for (unsigned left = ENNEAD_FRAMES_SKIPPED; left > 0; left--)
        frame = frame_word(c, frame, ENNEAD_FRAME_PREVIOUS);
    frame = first_with_address(c, frame);
    ennead_word address = frame_word(c, frame, ENNEAD_FRAME_RETURN);
    if (link != 0 && link != address)
        root_print("  #%u %s+0x%llx\n", n++, program, (unsigned long long)link);
    while (address != 0 && n < BACKTRACE_MAX) {
        root_print("  #%u %s+0x%llx\n", n++, program, (unsigned long long)address);
        ennead_word previous = frame_word(c, frame, ENNEAD_FRAME_PREVIOUS);
        if (previous <= frame)
            return;
        frame = previous;
        address = frame_word(c, frame, ENNEAD_FRAME_RETURN);
    }
}

/* A few at a time: the ABI lets one answer hold less than a port's whole set. */
static unsigned read_registers(uint32_t thread, uint64_t values[ENNEAD_REGISTER_COUNT])
{
    unsigned count = 0;
    while (count < ENNEAD_REGISTER_COUNT) {
        unsigned left = ENNEAD_REGISTER_COUNT - count, wanted = left < REGISTERS_AT_ONCE ? left : REGISTERS_AT_ONCE;
        if (thread_read_regs(thread, count, wanted, values + count, &wanted) != ENNEAD_OK || wanted == 0)
            break;
        count += wanted;
    }
    return count;
}

static void print_state(struct component *c, uint64_t pc)
{
    uint64_t values[ENNEAD_REGISTER_COUNT];
    struct ennead_start *page = load_start_page(c);
    page->last_words[sizeof page->last_words - 1] = '\0';
    if (page->last_words[0] != '\0')
        root_print("  it said: %s\n", page->last_words);
    uint64_t number;
    uint32_t thread = threads_faulted(c, pc, &number);
    if (thread == 0)
        root_print("  in a thread that the root task was not told of\n");
    else if (number > 0)
        root_print("  in its thread %llu\n", (unsigned long long)number + 1);
    unsigned count = thread != 0 ? read_registers(thread, values) : 0;
    print_registers(values, count);
    bool whole = count == ENNEAD_REGISTER_COUNT;
    uint64_t link = whole && ENNEAD_REGISTER_LINK != ENNEAD_REGISTER_PC ? values[ENNEAD_REGISTER_LINK] : 0;
    print_backtrace(c, pc, whole ? values[ENNEAD_REGISTER_FRAME] : 0, link);
}

static void bury(struct component *c, uint64_t pc)
{
    print_state(c, pc);
    component_end(c, COMPONENT_FAULTED);
}

void fault_report_page(struct component *c, uint64_t address, uint64_t access, uint64_t pc)
{
    const char *what = (access & ENNEAD_RIGHT_EXECUTE) != 0 ? "execute"
                       : (access & ENNEAD_RIGHT_WRITE) != 0 ? "write"
                                                            : "read";
    root_print("fault: %s: page fault at 0x%llx, %s, pc 0x%llx\n", c->spec->name, (unsigned long long)address, what,
               (unsigned long long)pc);
    bury(c, pc);
}

bool fault_take(struct ennead_msg *msg)
{
    struct component *c = &root.components[(msg->badge & ROOT_BADGE_COMPONENT) - 1];
    uint64_t f0 = ennead_get(msg, 0), f1 = ennead_get(msg, 1), pc = ennead_get(msg, 2), f3 = ennead_get(msg, 3);
    unsigned operation = ENNEAD_TAG_OPERATION(msg->tag);
    if (c->state != COMPONENT_RUNNING)
        return ennead_answer(msg, ENNEAD_STATE), true;
    if (operation == ENNEAD_FAULT_PAGE) {
        fault_report_page(c, f0, f1, pc);
    } else if (operation == ENNEAD_FAULT_EXCEPTION) {
        root_print("fault: %s: %s, code 0x%llx, address 0x%llx, pc 0x%llx\n", c->spec->name, exception_name(f0),
                   (unsigned long long)f1, (unsigned long long)f3, (unsigned long long)pc);
        bury(c, pc);
    } else {
        root_print("fault: %s: its processor time ran out in a call, pc 0x%llx\n", c->spec->name,
                   (unsigned long long)pc);
        bury(c, pc);
    }
    /* The thread is gone, and its call with it. */
    return false;
}
