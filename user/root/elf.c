/* Reading ELF programs: see elf.h. Field offsets are those of the System V ABI, chapter 4 and 5. */
#include "elf.h"
#include <ennead/text.h>

enum { ELF_CLASS_64 = 2, ELF_DATA_BIG = 2, ELF_TYPE_EXEC = 2, ELF_LOAD = 1 };
enum { ELF_FLAG_EXECUTE = 1, ELF_FLAG_WRITE = 2, ELF_FLAG_READ = 4 };

struct reader {
    const uint8_t *file;
    size_t size;
    bool wide, big;
};

/* `bytes` at `offset`; what lies past the end reads as zero, which no check lets pass. */
static uint64_t number(const struct reader *r, uint64_t offset, unsigned bytes)
{
    uint64_t value = 0;
    if (offset > r->size || r->size - offset < bytes)
        return 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | r->file[offset + (r->big ? i : bytes - 1 - i)];
    return value;
}

/* A field that is a word of the file's class: at `narrow` in 32-bit files, at `wide` in 64-bit ones. */
static uint64_t word(const struct reader *r, uint64_t base, unsigned narrow, unsigned wide)
{
    return r->wide ? number(r, base + wide, 8) : number(r, base + narrow, 4);
}

static const char *check_segment(const struct elf_program *program, const struct elf_segment *s, size_t file_size,
                                 size_t page)
{
    if (s->file_offset > file_size || s->file_size > file_size - s->file_offset)
        return "a segment lies past the end of the file";
    if (s->file_size > s->memory_size || s->address + s->memory_size < s->address)
        return "a segment's sizes make no sense";
    if (s->address % page != 0)
        return "a segment does not start on a page; link it with the script in user/start";
    if ((s->rights & ENNEAD_RIGHT_WRITE) != 0 && (s->rights & ENNEAD_RIGHT_EXECUTE) != 0)
        return "a segment is both writable and executable";
    if (program->segment_count > 0) {
        const struct elf_segment *last = &program->segments[program->segment_count - 1];
        if (s->address < last->address + last->memory_size)
            return "its segments overlap or are not in ascending order";
    }
    return NULL;
}

static unsigned rights_of(uint64_t flags)
{
    return ((flags & ELF_FLAG_READ) != 0 ? ENNEAD_RIGHT_READ : 0) |
           ((flags & ELF_FLAG_WRITE) != 0 ? ENNEAD_RIGHT_WRITE : 0) |
           ((flags & ELF_FLAG_EXECUTE) != 0 ? ENNEAD_RIGHT_EXECUTE : 0);
}

static const char *read_segment(struct elf_program *program, const struct reader *r, uint64_t header, size_t page)
{
    struct elf_segment segment = {
        .address = word(r, header, 8, 16),
        .memory_size = word(r, header, 20, 40),
        .file_offset = word(r, header, 4, 8),
        .file_size = word(r, header, 16, 32),
        .rights = rights_of(number(r, header + (r->wide ? 4 : 24), 4)),
    };
    if (number(r, header, 4) != ELF_LOAD || segment.memory_size == 0)
        return NULL;
    if (program->segment_count == ELF_SEGMENTS_MAX)
        return "it has more than 6 loadable segments";
    const char *wrong = check_segment(program, &segment, r->size, page);
    if (wrong == NULL)
        program->segments[program->segment_count++] = segment;
    return wrong;
}

static const char *check_entry(const struct elf_program *program)
{
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_segment *s = &program->segments[i];
        if (program->entry - s->address < s->memory_size && (s->rights & ENNEAD_RIGHT_EXECUTE) != 0)
            return NULL;
    }
    return "its entry point is not in an executable segment";
}

const char *elf_read(struct elf_program *program, const uint8_t *file, size_t size, unsigned machine, size_t page_bytes)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    if (size < 52 || memcmp(file, magic, sizeof magic) != 0)
        return "not an ELF file";
    struct reader r = {file, size, file[4] == ELF_CLASS_64, file[5] == ELF_DATA_BIG};
    if (number(&r, 18, 2) != machine)
        return "built for another machine";
    if (number(&r, 16, 2) != ELF_TYPE_EXEC)
        return "not a statically linked program; link it with -static -no-pie";
    *program = (struct elf_program){.entry = word(&r, 0, 24, 24)};
    uint64_t table = word(&r, 0, 28, 32), each = number(&r, r.wide ? 54 : 42, 2),
             count = number(&r, r.wide ? 56 : 44, 2);
    if (each < (r.wide ? 56u : 32u) || table > size || count * each > size - table)
        return "its program headers lie past the end of the file";
    for (uint64_t i = 0; i < count; i++) {
        const char *wrong = read_segment(program, &r, table + i * each, page_bytes);
        if (wrong != NULL)
            return wrong;
    }
    return check_entry(program);
}
