/* Commands about components: what there is, what they hold, starting and killing. */
#include "shell.h"
#include <process_client.h>

static const char *state_name(uint64_t state)
{
    static const char *const names[] = {"idle", "running", "faulted", "killed", "ended"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static const char *thread_state_name(uint64_t state)
{
    static const char *const names[] = {"stopped", "ready", "sending", "receiving", "calling", "waiting", "starved"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static const char *type_name(uint64_t type)
{
    static const char *const names[] = {"?",   "region",        "pool", "space", "thread", "endpoint", "notification",
                                        "irq", "sched_context", "vcpu", "reply"};
    return type < sizeof names / sizeof names[0] ? names[type] : "?";
}

static bool describe(uint64_t index, struct process_describe_out *about)
{
    return process_describe(shell_root(), index, about) == ENNEAD_OK;
}

static void list_components(unsigned count, char **words)
{
    struct process_describe_out about;
    (void)count, (void)words;
    print("  id component       state    memory   pool     free\n");
    for (uint64_t i = 0; describe(i, &about); i++) {
        print("%4llu %-15s %-8s %5lluK %5lluK %7llu\n", (unsigned long long)i, about.component.text,
              state_name(about.state), (unsigned long long)about.memory_bytes / 1024,
              (unsigned long long)about.pool_bytes / 1024, (unsigned long long)about.pool_free);
    }
}

static void print_thread(uint64_t index, const char *name, const char *state, const struct process_thread_out *about)
{
    print("%4llu %-15s %-9s %8llu %3llu %7llu.%03llu ms\n", (unsigned long long)index, name, state,
          (unsigned long long)about->priority, (unsigned long long)about->cpu,
          (unsigned long long)about->used_ns / 1000000, (unsigned long long)(about->used_ns / 1000 % 1000));
}

static void list_threads(unsigned count, char **words)
{
    struct process_describe_out about;
    (void)count, (void)words;
    print("  id thread          state     priority cpu  time used\n");
    for (uint64_t i = 0; describe(i, &about); i++) {
        struct process_thread_out thread;
        print_thread(i, about.component.text, about.state == 1 ? thread_state_name(about.thread_state) : "-",
                     &(struct process_thread_out){0, about.priority, about.cpu, about.used_ns});
        for (uint64_t n = 1; process_thread(shell_root(), i, n, &thread) == ENNEAD_OK; n++) {
            char name[ENNEAD_NAME_BYTES + 8];
            text_format(name, sizeof name, "%s.%llu", about.component.text, (unsigned long long)n + 1);
            print_thread(i, name, thread_state_name(thread.thread_state), &thread);
        }
    }
}

/* Rights as letters, in the order of enum ennead_right. */
static void rights_text(uint64_t rights, char text[6])
{
    static const char letters[] = "rwxcp";
    for (unsigned i = 0; i < 5; i++)
        text[i] = (rights >> i & 1) != 0 ? letters[i] : '-';
    text[5] = '\0';
}

static void list_capabilities(unsigned count, char **words)
{
    uint64_t index = 0;
    struct process_capability_out cap;
    (void)count;
    if (!shell_ok(process_find(shell_root(), words[1], &index), words[1]))
        return;
    enum ennead_error error = process_capability(shell_root(), index, 0, &cap);
    if (error != ENNEAD_NOT_FOUND && !shell_ok(error, words[1]))
        return;
    print("slot type          rights badge      depth granted as\n");
    for (; error == ENNEAD_OK; error = process_capability(shell_root(), index, cap.slot + 1, &cap)) {
        char rights[6];
        rights_text(cap.rights, rights);
        print("%4llu %-13s %-6s 0x%08llx %5llu %s\n", (unsigned long long)cap.slot, type_name(cap.type), rights,
              (unsigned long long)cap.granted_badge, (unsigned long long)cap.depth, cap.called.text);
    }
}

static void start(unsigned count, char **words)
{
    (void)count;
    if (shell_ok(process_start(shell_root(), words[1]), words[1]))
        print("%s started\n", words[1]);
}

static void kill(unsigned count, char **words)
{
    (void)count;
    if (shell_ok(process_kill(shell_root(), words[1]), words[1]))
        print("%s killed\n", words[1]);
}

const struct command component_commands[] = {
    {"components", "components", "all components, their state and memory", 1, 1, list_components},
    {"ps", "ps", "the same", 1, 1, list_components},
    {"threads", "threads", "their threads, with the processor time they used", 1, 1, list_threads},
    {"caps", "caps COMPONENT", "the capabilities a component holds", 2, 2, list_capabilities},
    {"start", "start COMPONENT", "start a component that does not run", 2, 2, start},
    {"kill", "kill COMPONENT", "destroy a component with all it has", 2, 2, kill},
    {0},
};
