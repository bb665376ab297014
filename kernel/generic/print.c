/* kprintf, and the three ways to end: panic, boot_refuse, and a failed assertion, which is a panic. */
#include "cpu.h"
#include "thread.h"

#include <stdarg.h>

static void print_number(unsigned long long value, unsigned base, int width, char pad, bool negative)
{
    char digits[24];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative && pad == '0')
        platform_putc('-');
    for (int i = count + negative; i < width; i++)
        platform_putc(pad);
    if (negative && pad != '0')
        platform_putc('-');
    while (count)
        platform_putc(digits[--count]);
}

static void print_string(const char *string, int width)
{
    int count = 0;
    for (; string[count]; count++)
        platform_putc(string[count]);
    for (; count < width; count++)
        platform_putc(' ');
}

static long long take_signed(va_list *arguments, int longs)
{
    return longs > 1 ? va_arg(*arguments, long long) : longs ? va_arg(*arguments, long) : va_arg(*arguments, int);
}

static unsigned long long take_unsigned(va_list *arguments, int longs)
{
    return longs > 1 ? va_arg(*arguments, unsigned long long)
           : longs   ? va_arg(*arguments, unsigned long)
                     : va_arg(*arguments, unsigned);
}

/* One conversion; `format` stands behind the '%'. Returns behind the conversion. */
static const char *print_one(const char *format, va_list *arguments)
{
    char pad = *format == '0' ? '0' : ' ';
    int width = 0, longs = 0;
    while (*format >= '0' && *format <= '9')
        width = width * 10 + (*format++ - '0');
    for (; *format == 'l'; format++)
        longs++;
    if (*format == 's') {
        print_string(va_arg(*arguments, const char *), width);
    } else if (*format == 'c') {
        platform_putc((char)va_arg(*arguments, int));
    } else if (*format == 'd') {
        long long value = take_signed(arguments, longs);
        print_number(value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value, 10, width, pad, value < 0);
    } else if (*format == 'u' || *format == 'x') {
        print_number(take_unsigned(arguments, longs), *format == 'u' ? 10 : 16, width, pad, false);
    } else if (*format == 'p') {
        print_string("0x", 0);
        print_number((uintptr_t)va_arg(*arguments, void *), 16, width, '0', false);
    } else {
        platform_putc(*format);
    }
    return format + 1;
}

static void print(const char *format, va_list *arguments)
{
    while (*format) {
        if (*format == '%' && format[1])
            format = print_one(format + 1, arguments);
        else
            platform_putc(*format++);
    }
}

void kprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(format, &arguments);
    va_end(arguments);
}

void boot_refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    kprintf("ennead: cannot boot: ");
    print(format, &arguments);
    kprintf("\n");
    va_end(arguments);
    platform_power_off(1);
}

void panic(const char *format, ...)
{
    static bool panicking;
    va_list arguments;
    va_start(arguments, format);
    kprintf("\npanic: ");
    print(format, &arguments);
    kprintf("\n");
    va_end(arguments);
    if (!panicking) {
        panicking = true;
        if (this_cpu()->current && !lock_is_local(this_cpu()))
            context_dump(&this_cpu()->current->context);
        cpu_backtrace();
    }
    platform_power_off(1);
}
