/* What takes an instruction on processors that have one for it; the compiler calls it by itself on others. */

int __clzdi2(unsigned long value);
int __ctzdi2(unsigned long value);
int __popcountdi2(unsigned long value);

int __clzdi2(unsigned long value)
{
    int zeroes = 0;

    for (int half = 32; half > 0; half /= 2) {
        if (value >> (64 - half) == 0) {
            value <<= half;
            zeroes += half;
        }
    }
    return zeroes;
}

int __ctzdi2(unsigned long value)
{
    return 63 - __clzdi2(value & -value);
}

int __popcountdi2(unsigned long value)
{
    int ones = 0;

    for (; value != 0; value &= value - 1)
        ones++;
    return ones;
}
