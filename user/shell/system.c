/* Commands about the system as a whole. */
#include "shell.h"
#include <memory_client.h>
#include <process_client.h>

static void show_pager(void)
{
    static struct ennead_service pager = {.name = "memory"};
    uint64_t bytes, free, served;
    for (unsigned attempt = 0; attempt < 2 && service_find(&pager) == ENNEAD_OK; attempt++) {
        if (memory_usage(pager.slot, &bytes, &free, &served) == ENNEAD_OK) {
            print("pager      %8lluK, %8lluK free, %llu page faults served\n", (unsigned long long)bytes / 1024,
                  (unsigned long long)free / 1024, (unsigned long long)served);
            return;
        }
        service_lost(&pager);
    }
    print("pager      does not answer\n");
}

static void show_pools(void)
{
    struct process_describe_out about;
    print("pools:\n");
    for (uint64_t i = 0; process_describe(shell_root(), i, &about) == ENNEAD_OK; i++) {
        if (about.pool_bytes != 0)
            print("  %-15s %7llu bytes, %7llu free\n", about.component.text, (unsigned long long)about.pool_bytes,
                  (unsigned long long)about.pool_free);
    }
}

static void show_memory(unsigned count, char **words)
{
    struct process_memory_out about = {0};
    (void)count, (void)words;
    if (!shell_ok(process_memory(shell_root(), &about), "memory"))
        return;
    print("RAM        %8lluK, %8lluK free; %llu processors\n", (unsigned long long)about.ram_bytes / 1024,
          (unsigned long long)about.ram_free / 1024, (unsigned long long)about.cpus);
    show_pager();
    show_pools();
}

static void echo(unsigned count, char **words)
{
    for (unsigned i = 1; i < count; i++)
        print("%s%s", i > 1 ? " " : "", words[i]);
    print("\n");
}

static void uptime(unsigned count, char **words)
{
    uint64_t now = 0;
    (void)count, (void)words;
    if (shell_ok(process_now(shell_root(), &now), "clock"))
        print("up %llu.%03llu s\n", (unsigned long long)now / 1000000000, (unsigned long long)(now / 1000000 % 1000));
}

static void power_off(unsigned count, char **words)
{
    uint64_t status = 0;
    if (count == 2 && !text_number(words[1], &status)) {
        print("usage: poweroff [STATUS]\n");
        return;
    }
    print_drain();
    shell_ok(process_poweroff(shell_root(), status), "poweroff");
}

const struct command system_commands[] = {
    {"mem", "mem", "memory: RAM, what the pager has, kernel memory in pools", 1, 1, show_memory},
    {"uptime", "uptime", "time since boot", 1, 1, uptime},
    {"echo", "echo WORDS", "print words", 1, SHELL_WORDS_MAX, echo},
    {"poweroff", "poweroff [STATUS]", "end the machine; status 0 is success", 1, 2, power_off},
    {0},
};
