// What a child does to itself before it touches foreign bytes, and open(2) flags that Glibc's overlay leaves out.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc shows O_TMPFILE only under _GNU_SOURCE; the kernel's value is the same on every x86-64 and arm64 Linux.
#ifdef O_TMPFILE
static const int clinux_o_tmpfile = O_TMPFILE;
#else
static const int clinux_o_tmpfile = 020000000 | O_DIRECTORY;
#endif

static inline int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
static inline int clinux_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

static inline int clinux_limit(int resource, uint64_t value) {
    struct rlimit limit = {value, value};
    return setrlimit(resource, &limit);
}
static inline int clinux_limit_data(uint64_t bytes) { return clinux_limit(RLIMIT_DATA, bytes); }
static inline int clinux_limit_file_size(uint64_t bytes) { return clinux_limit(RLIMIT_FSIZE, bytes); }
static inline int clinux_limit_descriptors(uint64_t count) { return clinux_limit(RLIMIT_NOFILE, count); }
static inline int clinux_limit_cpu_seconds(uint64_t seconds) { return clinux_limit(RLIMIT_CPU, seconds); }
static inline int clinux_limit_core(uint64_t bytes) { return clinux_limit(RLIMIT_CORE, bytes); }

// No sockets from here on: socket(2) and what io_uring could do in its stead answer EPERM (seccomp(2)). Other calls pass; a
// call of another architecture's table, whose numbers mean other things, ends the process. Holds for all threads, those that
// run already among them, and gives them no_new_privs, which the caller needs.
static inline int clinux_forbid_sockets(void) {
#if defined(__x86_64__)
    enum { architecture = 0xC000003E };  // AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
    enum { architecture = 0xC00000B7 };  // AUDIT_ARCH_AARCH64
#endif
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 425, 2, 0),  // io_uring_setup
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 1, 0),  // The x32 table of the same architecture.
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    long status = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (status > 0) errno = EBUSY;  // The number of a thread that has filters of its own.
    return status == 0 ? 0 : -1;
}

// Landlock (Linux 5.13, landlock(7)): by number, since Debian 12's glibc has no wrappers. Each returns -1 with errno
// ENOSYS or EOPNOTSUPP where the kernel has none.
struct clinux_landlock_ruleset { uint64_t handled_access_fs; };
struct clinux_landlock_path { uint64_t allowed_access; int32_t parent_fd; } __attribute__((packed));
static inline int clinux_landlock_abi(void) { return (int)syscall(444, (void *)0, 0, 1); }
static inline int clinux_landlock_create(uint64_t access) {
    struct clinux_landlock_ruleset ruleset = {access};
    return (int)syscall(444, &ruleset, sizeof ruleset, 0);
}
static inline int clinux_landlock_allow(int ruleset, int folder, uint64_t access) {
    struct clinux_landlock_path path = {access, folder};
    return (int)syscall(445, ruleset, 1, &path, 0);
}
static inline int clinux_landlock_restrict(int ruleset) { return (int)syscall(446, ruleset, 0); }
