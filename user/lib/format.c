/* Formatting of text: a subset of printf, see text.h. */
#include <ennead/text.h>

struct output {
    char *to;
    size_t size, length;
};

struct directive {
    bool left, zero, size;
    unsigned width, longs;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->to[out->length++] = c;
}

static void put_padded(struct output *out, const struct directive *d, const char *text, size_t length)
{
    for (size_t i = length; !d->left && i < d->width; i++)
        put(out, d->zero ? '0' : ' ');
    for (size_t i = 0; i < length; i++)
        put(out, text[i]);
    for (size_t i = length; d->left && i < d->width; i++)
        put(out, ' ');
}

static void put_number(struct output *out, const struct directive *d, uint64_t value, unsigned base, bool negative)
{
    char text[24];
    size_t at = sizeof text;
    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative)
        text[--at] = '-';
    put_padded(out, d, text + at, sizeof text - at);
}

static uint64_t take_unsigned(va_list *arguments, const struct directive *d)
{
    if (d->size)
        return va_arg(*arguments, size_t);
    if (d->longs >= 2)
        return va_arg(*arguments, unsigned long long);
    return d->longs == 1 ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
}

static int64_t take_signed(va_list *arguments, unsigned longs)
{
    if (longs >= 2)
        return va_arg(*arguments, long long);
    return longs == 1 ? va_arg(*arguments, long) : va_arg(*arguments, int);
}

static void put_string(struct output *out, const struct directive *d, const char *text)
{
    text = text != NULL ? text : "(null)";
    put_padded(out, d, text, text_length(text));
}

static void convert(struct output *out, const struct directive *d, char conversion, va_list *arguments)
{
    if (conversion == 's') {
        put_string(out, d, va_arg(*arguments, const char *));
    } else if (conversion == 'c') {
        char c = (char)va_arg(*arguments, int);
        put_padded(out, d, &c, 1);
    } else if (conversion == 'd') {
        int64_t value = take_signed(arguments, d->longs);
        put_number(out, d, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, value < 0);
    } else if (conversion == 'u' || conversion == 'x') {
        put_number(out, d, take_unsigned(arguments, d), conversion == 'u' ? 10 : 16, false);
    } else if (conversion == 'p') {
        put_number(out, d, (uintptr_t)va_arg(*arguments, void *), 16, false);
    } else {
        put(out, conversion);
    }
}

static const char *parse_directive(const char *format, struct directive *d)
{
    *d = (struct directive){0};
    for (; *format == '-' || *format == '0'; format++) {
        d->left = d->left || *format == '-';
        d->zero = d->zero || *format == '0';
    }
    for (; *format >= '0' && *format <= '9'; format++)
        d->width = d->width * 10 + (unsigned)(*format - '0');
    for (; *format == 'l'; format++)
        d->longs++;
    if (*format == 'z') {
        d->size = true;
        format++;
    }
    return format;
}

size_t text_vformat(char *to, size_t size, const char *format, va_list arguments)
{
    struct output out = {to, size, 0};
    va_list list;
    va_copy(list, arguments);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        struct directive d;
        format = parse_directive(format + 1, &d);
        if (*format == '\0')
            break;
        convert(&out, &d, *format, &list);
    }
    va_end(list);
    if (size > 0)
        to[out.length] = '\0';
    return out.length;
}

size_t text_format(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = text_vformat(to, size, format, arguments);
    va_end(arguments);
    return length;
}
