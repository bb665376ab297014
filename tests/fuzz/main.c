/*
 * The random driver: worlds full of random events, on the kernel and on the model. A failure of any kind (a difference,
 * a sanitizer's finding, an assertion, a hang) is shrunk to a short sequence of events that still fails.
 *
 * Each batch of worlds runs in a process of its own, which leaves in shared memory what it did.
 */
#include "generate.h"
#include "run.h"
#include "tally.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX         16u
#define WORLD_LIMIT_S    60 /* a hang detector */
#define SHRINK_LIMIT_S   60
#define PROGRESS_EVERY_S 10

/* What a process leaves behind. */
struct job {
    struct run run; /* the world it is in */
    uint64_t calls, ended, successes, hash, worlds, preemption_points, fast, fast_faults, fast_notifications,
        fast_capabilities;
    unsigned deepest;
    uint64_t tally[TALLY_OPERATIONS][TALLY_RESULTS];
};

static struct job *jobs; /* shared */
static unsigned job_count = 1, cpus_wanted;
static int mmu_wanted = -1;
static uint64_t calls_wanted = 1000000, first_seed = 1, least_pairs;
static const char *failure_path = "fuzz-failure.txt"; /* empty: a failure is not shrunk */

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- a process with worlds in it ---- */

/* The kinds of machine take turns. */
static void choose_machine(struct run *run, uint64_t world)
{
    run->mmu = mmu_wanted >= 0 ? (unsigned)mmu_wanted : (unsigned)(world % HOST_MMU_KINDS);
    run->cpus = cpus_wanted ? cpus_wanted : 1 + (unsigned)(world / HOST_MMU_KINDS % 4);
}

static void leave_results(struct job *job)
{
    job->calls = tally_calls;
    job->ended = tally_ended;
    job->successes = tally_successes;
    memcpy(job->tally, tally, sizeof tally);
}

/* Worlds number `index`, `index + job_count`, ... until there were enough calls. */
static int run_worlds(unsigned index)
{
    struct job *job = &jobs[index];
    uint64_t mine = calls_wanted / job_count + (index < calls_wanted % job_count);
    for (uint64_t world = index; tally_calls < mine; world += job_count) {
        alarm(WORLD_LIMIT_S);
        job->run.seed = first_seed + world;
        choose_machine(&job->run, world);
        random_seed(job->run.seed);
        if (!run_world(&job->run))
            return 1;
        job->hash += run_hash();
        job->fast += host_fast_messages();
        job->fast_faults = machines_fast_faults;
        job->fast_notifications = machines_fast_calls;
        job->fast_capabilities = machines_fast_capabilities;
        job->worlds++;
        if (run_deepest() > job->deepest)
            job->deepest = run_deepest();
        leave_results(job);
    }
    alarm(0);
    return 0;
}

/* ---- shrinking ---- */

/* Does this sequence still fail, however that may be? Tried in a process that says nothing. */
static bool fails(const struct run *run)
{
    pid_t child = fork();
    if (child < 0)
        return false;
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(0);
        alarm(10);
        _exit(run_again((struct run *)run) ? 0 : 1);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return !WIFEXITED(status) || WEXITSTATUS(status);
}

/* Leave events out, large parts first, as long as it goes on failing. */
static void shrink(struct run *run)
{
    static struct run attempt;
    double until = now_s() + SHRINK_LIMIT_S;
    for (unsigned part = run->count / 2; part; part /= 2) {
        for (unsigned at = 0; at + part <= run->count && now_s() < until;) {
            attempt = *run;
            memmove(&attempt.event[at], &attempt.event[at + part],
                    (attempt.count - at - part) * sizeof attempt.event[0]);
            attempt.count -= part;
            if (fails(&attempt))
                *run = attempt;
            else
                at += part;
        }
    }
}

static void write_failure(const struct run *run, unsigned before)
{
    FILE *file = fopen(failure_path, "w");
    if (!file) {
        fprintf(stderr, "fuzz: '%s' cannot be written: %s\n", failure_path, strerror(errno));
        return;
    }
    fprintf(file, "# seed %" PRIu64 ", %u of %u events\nmachine cpus=%u mmu=%u\n", run->seed, run->count, before,
            run->cpus, run->mmu);
    for (unsigned i = 0; i < run->count; i++)
        event_write(file, &run->event[i]);
    fclose(file);
}

static int report_failure(struct job *job, const char *program)
{
    static struct run run;
    run = job->run;
    unsigned before = run.count;
    if (!*failure_path)
        return 1;
    printf("\nFAILED: seed %" PRIu64 ", %u processors, MMU kind %u, after %u events; shrinking\n", run.seed, run.cpus,
           run.mmu, before);
    fflush(stdout);
    if (!fails(&run)) {
        printf("the same events again do not fail: state is left from an earlier world\n");
        return 1;
    }
    shrink(&run);
    write_failure(&run, before);
    printf("%u of %u events are enough:\n", run.count, before);
    for (unsigned i = 0; i < run.count && i < 60; i++)
        event_write(stdout, &run.event[i]);
    printf("repeat: %s --replay %s\n", program, failure_path);
    printf("in a debugger: gdb --args %s --replay %s   (break fuzz_event; it is called before each event)\n", program,
           failure_path);
    return 1;
}

/* ---- the whole ---- */

static void add_up(uint64_t *worlds, uint64_t *hash, uint64_t *fast, unsigned *deepest)
{
    tally_calls = tally_ended = tally_successes = 0;
    memset(tally, 0, sizeof tally);
    for (unsigned i = 0; i < job_count; i++) {
        const struct job *job = &jobs[i];
        tally_calls += job->calls;
        tally_ended += job->ended;
        tally_successes += job->successes;
        *worlds += job->worlds;
        *hash += job->hash;
        *fast += job->fast;
        if (job->deepest > *deepest)
            *deepest = job->deepest;
        for (unsigned k = 0; k < TALLY_OPERATIONS; k++)
            for (unsigned r = 0; r < TALLY_RESULTS; r++)
                tally[k][r] += job->tally[k][r];
    }
}

static int report(double started)
{
    uint64_t worlds = 0, hash = 0, fast = 0, faults = 0, notifications = 0, capabilities = 0;
    unsigned deepest = 0;
    double seconds = now_s() - started;
    add_up(&worlds, &hash, &fast, &deepest);
    for (unsigned i = 0; i < job_count; i++) {
        faults += jobs[i].fast_faults;
        notifications += jobs[i].fast_notifications;
        capabilities += jobs[i].fast_capabilities;
    }
    tally_print();
    printf("\n%" PRIu64 " calls in %" PRIu64
           " worlds, %.0f a second, %.1f %% of those that ended successful, trees up to %u deep\n",
           tally_calls, worlds, (double)tally_calls / seconds, 100.0 * (double)tally_successes / (double)tally_ended,
           deepest);
    printf("%" PRIu64 " messages took the fast path, %" PRIu64 " faults and answers to faults, %" PRIu64
           " calls of notifications, and %" PRIu64 " that copied or deleted a capability\n",
           fast, faults, notifications, capabilities);
    unsigned missing = least_pairs ? tally_missing(least_pairs) : 0;
    if (missing)
        printf("%u pairs of operation and error occurred fewer than %" PRIu64 " times\n", missing, least_pairs);
    else if (least_pairs)
        printf("each of %u pairs of operation and error occurred at least %" PRIu64 " times\n", tally_pairs(),
               least_pairs);
    missing += tally_unlisted();
    printf("final state: %016" PRIx64 "\n", hash);
    return missing || tally_successes * 10 < tally_ended * 4 ||
           (fast + faults + notifications + capabilities != 0 && machines_general_path);
}

static pid_t start_job(unsigned index)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int failed = run_worlds(index);
        fflush(stdout);
        _exit(failed);
    }
    return child;
}

static int run_all(const char *program)
{
    double started = now_s();
    pid_t child[JOBS_MAX];
    jobs = mmap(NULL, job_count * sizeof *jobs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (jobs == MAP_FAILED) {
        perror("fuzz");
        return 1;
    }
    for (unsigned i = 0; i < job_count; i++)
        child[i] = start_job(i);
    int failed = -1, status;
    for (unsigned left = job_count; left; left--) {
        pid_t ended = waitpid(-1, &status, 0);
        for (unsigned i = 0; i < job_count; i++)
            if (child[i] == ended && (!WIFEXITED(status) || WEXITSTATUS(status)) && failed < 0)
                failed = (int)i;
    }
    return failed >= 0 ? report_failure(&jobs[failed], program) : report(started);
}

static int replay(const char *path)
{
    static struct run run;
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "fuzz: '%s' cannot be read: %s\n", path, strerror(errno));
        return 2;
    }
    if (!run_read(file, &run))
        return 2;
    bool agreed = run_again(&run);
    printf("%u events: %s\n", run.count, agreed ? "kernel and model agree" : "FAILED");
    return agreed ? 0 : 1;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: fuzz [--calls N] [--seed S] [--jobs N] [--cpus N] [--mmu 0..2] [--pairs N] [--general]\n"
                "            [--failure FILE]\n"
                "       fuzz --replay FILE\n"
                "--pairs N fails unless every pair of operation and error in the ABI occurs N times.\n"
                "--general: nothing takes the fast path; the final state is the same.\n"
                "--seed commit: as ENNEAD_SEED says.\n"
                "--failure '' does not shrink what fails.\n");
}

/* "commit": what the test command drew from the commit. */
static uint64_t read_seed(const char *text)
{
    const char *drawn = getenv("ENNEAD_SEED");
    return strtoull(strcmp(text, "commit") ? text : drawn ? drawn : "2", NULL, 0);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"calls", required_argument, NULL, 'c'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"cpus", required_argument, NULL, 'p'},
                                            {"mmu", required_argument, NULL, 'm'},
                                            {"pairs", required_argument, NULL, 'e'},
                                            {"replay", required_argument, NULL, 'r'},
                                            {"failure", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"general", no_argument, NULL, 'g'},
                                            {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            calls_wanted = strtoull(optarg, NULL, 0);
            break;
        case 's':
            first_seed = read_seed(optarg);
            break;
        case 'j':
            job_count = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'p':
            cpus_wanted = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'm':
            mmu_wanted = atoi(optarg);
            break;
        case 'e':
            least_pairs = strtoull(optarg, NULL, 0);
            break;
        case 'r':
            return replay(optarg);
        case 'f':
            failure_path = optarg;
            break;
        case 'g':
            machines_general_path = true;
            break;
        case 'h':
            usage(stdout);
            return 0;
        default:
            usage(stderr);
            return 2;
        }
    }
    if (job_count == 0 || job_count > JOBS_MAX || cpus_wanted > MODEL_CPUS || mmu_wanted >= HOST_MMU_KINDS) {
        usage(stderr);
        return 2;
    }
    return run_all(argv[0]);
}
