/* Marked instructions of the kernel: see count.h. */
#include "count.h"
#include <stdio.h>

#define MARKS_MAX 4096u

static struct mark {
    uint64_t vaddr;
    unsigned marks;
} list[MARKS_MAX];
static unsigned list_count;

void marks_start(void)
{
    const char *path = plugin_option("marks");
    FILE *file = path ? fopen(path, "r") : NULL;
    unsigned long long vaddr;
    unsigned marks;
    if (!file)
        plugin_fail("option marks: no file '%s'", path ? path : "");
    while (fscanf(file, "%llx %u", &vaddr, &marks) == 2) {
        if (list_count == MARKS_MAX)
            plugin_fail("more than %u marked instructions", MARKS_MAX);
        list[list_count++] = (struct mark){vaddr, marks};
    }
    fclose(file);
}

/* Once for each translation. */
unsigned marks_find(uint64_t vaddr)
{
    for (unsigned i = 0; i < list_count; i++) {
        if (list[i].vaddr == vaddr)
            return list[i].marks;
    }
    return 0;
}
