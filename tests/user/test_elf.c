/* The reader of programs: good ones of both widths and both byte orders, and each way to be wrong. */
#include "user_test.h"

#include "elf.h"
#include <stdlib.h>
#include <string.h>

#define MACHINE    62u
#define PAGE       4096u
#define FILE_BYTES 1024u

static uint8_t *file;
static bool wide, big;
static struct elf_program program;

static void put(size_t offset, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        file[offset + (big ? bytes - 1 - i : i)] = (uint8_t)(value >> 8 * i);
}

static void put_word(size_t base, unsigned narrow, unsigned at_wide, uint64_t value)
{
    put(base + (wide ? at_wide : narrow), value, wide ? 8 : 4);
}

static size_t table(void)
{
    return wide ? 64 : 52;
}

static size_t each(void)
{
    return wide ? 56 : 32;
}

static void put_segment(unsigned index, uint64_t address, uint64_t bytes, unsigned flags)
{
    size_t header = table() + index * each();
    put(header, 1, 4);
    put(header + (wide ? 4 : 24), flags, 4);
    put_word(header, 4, 8, 512);
    put_word(header, 8, 16, address);
    put_word(header, 16, 32, bytes < 256 ? bytes : 256);
    put_word(header, 20, 40, bytes);
}

/* Text and data; what a test changes then is what is wrong. */
static void make(bool is_wide, bool is_big)
{
    wide = is_wide;
    big = is_big;
    memset(file, 0, FILE_BYTES);
    memcpy(file, "\177ELF", 4);
    file[4] = wide ? 2 : 1;
    file[5] = big ? 2 : 1;
    put(16, 2, 2);
    put(18, MACHINE, 2);
    put_word(0, 24, 24, 0x400010);
    put_word(0, 28, 32, table());
    put(wide ? 54 : 42, each(), 2);
    put(wide ? 56 : 44, 2, 2);
    put_segment(0, 0x400000, 256, 5);
    put_segment(1, 0x401000, 5000, 6);
}

static const char *read_bytes(size_t size)
{
    /* A copy of its exact size: a sanitizer sees the first byte read too many. */
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, file, size);
    const char *wrong = elf_read(&program, copy, size, MACHINE, PAGE);
    free(copy);
    return wrong;
}

static void every_kind_is_read(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        make(kind % 2 != 0, kind / 2 != 0);
        assert_null(read_bytes(FILE_BYTES));
        assert_true(program.entry == 0x400010);
        assert_int_equal(program.segment_count, 2);
        assert_int_equal(program.segments[0].rights, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_EXECUTE);
        assert_int_equal(program.segments[1].rights, ENNEAD_RIGHT_READ | ENNEAD_RIGHT_WRITE);
        assert_int_equal(program.segments[1].address, 0x401000);
        assert_int_equal(program.segments[1].memory_size, 5000);
        assert_int_equal(program.segments[1].file_size, 256);
        assert_int_equal(program.segments[1].file_offset, 512);
    }
}

static void refuse(const char *what)
{
    const char *wrong = read_bytes(FILE_BYTES);
    assert_non_null(wrong);
    assert_string_equal(wrong, what);
}

static void wrong_files(void **state)
{
    (void)state;
    make(true, false);
    file[0] = 0;
    refuse("not an ELF file");
    make(true, false);
    assert_string_equal(read_bytes(51), "not an ELF file");
    make(true, false);
    put(18, 3, 2);
    refuse("built for another machine");
    make(true, true);
    file[5] = 1;
    big = false;
    refuse("built for another machine");
    make(true, false);
    put(16, 3, 2);
    refuse("not a statically linked program; link it with -static -no-pie");
    make(true, false);
    put_word(0, 28, 32, FILE_BYTES - 8);
    refuse("its program headers lie past the end of the file");
    make(true, false);
    put_word(0, 28, 32, UINT64_MAX);
    refuse("its program headers lie past the end of the file");
    make(true, false);
    put(54, 8, 2);
    refuse("its program headers lie past the end of the file");
    make(true, false);
    put(56, 65535, 2);
    refuse("its program headers lie past the end of the file");
}

static void wrong_segments(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        bool w = kind % 2 != 0, b = kind / 2 != 0;
        make(w, b);
        put_word(table(), 4, 8, FILE_BYTES - 100);
        refuse("a segment lies past the end of the file");
        make(w, b);
        put_word(table(), 4, 8, w ? UINT64_MAX : UINT32_MAX);
        refuse("a segment lies past the end of the file");
        make(w, b);
        put_word(table(), 20, 40, 255);
        refuse("a segment's sizes make no sense");
        make(w, b);
        put_word(table(), 8, 16, 0x400800);
        refuse("a segment does not start on a page; link it with the script in user/start");
        make(w, b);
        put_segment(0, 0x400000, 256, 7);
        refuse("a segment is both writable and executable");
        make(w, b);
        put_segment(1, 0x400000, 256, 6);
        refuse("its segments overlap or are not in ascending order");
        make(w, b);
        put_word(0, 24, 24, 0x401000);
        refuse("its entry point is not in an executable segment");
        make(w, b);
        put_word(0, 24, 24, 0x3fffff);
        refuse("its entry point is not in an executable segment");
    }
    make(true, false);
    put_word(table() + each(), 20, 40, UINT64_MAX);
    refuse("a segment's sizes make no sense");
}

static void too_many_segments(void **state)
{
    (void)state;
    make(false, true);
    put(44, ELF_SEGMENTS_MAX + 1, 2);
    for (unsigned i = 0; i <= ELF_SEGMENTS_MAX; i++)
        put_segment(i, 0x400000 + i * PAGE, 32, 5);
    refuse("it has more than 6 loadable segments");
    put(44, ELF_SEGMENTS_MAX, 2);
    assert_null(read_bytes(FILE_BYTES));
    assert_int_equal(program.segment_count, ELF_SEGMENTS_MAX);
}

/* Whatever bytes are wrong: an answer, and what passes has segments inside the file, in order, none W and X. */
static void noise(void **state)
{
    uint32_t random = 5;
    unsigned passed = 0;
    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        make(round % 2 != 0, round / 2 % 2 != 0);
        for (unsigned n = next_random(&random) % 4; n > 0; n--)
            file[next_random(&random) % 200] = (uint8_t)(next_random(&random) >> 8);
        size_t size = next_random(&random) % 4 != 0 ? FILE_BYTES : next_random(&random) % FILE_BYTES;
        if (read_bytes(size) != NULL)
            continue;
        passed++;
        for (unsigned i = 0; i < program.segment_count; i++) {
            const struct elf_segment *s = &program.segments[i];
            assert_true(s->file_offset <= size && s->file_size <= size - s->file_offset);
            assert_true(s->memory_size >= s->file_size && s->address % PAGE == 0);
            assert_true((s->rights & (ENNEAD_RIGHT_WRITE | ENNEAD_RIGHT_EXECUTE)) !=
                        (ENNEAD_RIGHT_WRITE | ENNEAD_RIGHT_EXECUTE));
            if (i > 0)
                assert_true(s->address >= s[-1].address + s[-1].memory_size);
        }
    }
    assert_true(passed > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read), cmocka_unit_test(wrong_files), cmocka_unit_test(wrong_segments),
        cmocka_unit_test(too_many_segments),  cmocka_unit_test(noise),
    };
    file = malloc(FILE_BYTES);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(file);
    return failed;
}
