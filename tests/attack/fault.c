/* Lets one call of the system fail: a library to be loaded before all others (LD_PRELOAD).

   Of the calls that are about files in a folder, number `at`, counted from 1, fails with an error number, or, where that is
   0 and it reads or writes, does half of what it is asked to. The environment says it, FAULT_FOLDER, FAULT_AT and
   FAULT_ERRNO, or the program itself by `fault_arm`. `fault_name` is the call that failed, or the last that was counted. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[4096];
static int at, number, half, counted;
static const char *last = "";

void fault_arm(const char *in, int call, int error)
{
    snprintf(folder, sizeof folder, "%s", in);
    at = call, number = error, counted = 0, last = "";
}

int fault_count(void) { return counted; }
const char *fault_name(void) { return last; }

__attribute__((constructor)) static void start(void)
{
    const char *in = getenv("FAULT_FOLDER"), *call = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO");
    if (in && call && error) fault_arm(in, atoi(call), atoi(error));
}

/* Whether this call is to fail, and with errno set. */
static int fails(const char *name, int watched)
{
    if (!*folder || !watched) return 0;
    int call = __sync_add_and_fetch(&counted, 1);
    if (!at || call <= at) last = name;
    if (call != at) return 0;
    half = number == 0;
    errno = number;
    return 1;
}

static int inside(const char *path) { return *folder && path && strstr(path, folder) != NULL; }

static int open_inside(int descriptor)
{
    char link[64], path[4096];
    if (!*folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return inside(path);
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define FAIL_OF_PATH(name, parameters, arguments, path) \
    int name parameters \
    { \
        REAL(name); \
        int kept = errno; \
        if (fails(#name, inside(path)) && !half) return -1; \
        errno = kept; \
        return real arguments; \
    }

#define FAIL_OF_DESCRIPTOR(type, name, parameters, arguments, descriptor, shorter) \
    type name parameters \
    { \
        REAL(name); \
        int kept = errno; \
        if (fails(#name, open_inside(descriptor))) { \
            if (!half) return -1; \
            shorter; \
        } \
        errno = kept; \
        return real arguments; \
    }

FAIL_OF_PATH(rename, (const char *from, const char *to), (from, to), to)
FAIL_OF_PATH(link, (const char *from, const char *to), (from, to), to)
FAIL_OF_PATH(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), to)
FAIL_OF_PATH(unlink, (const char *path), (path), path)
FAIL_OF_PATH(chmod, (const char *path, mode_t mode), (path, mode), path)
FAIL_OF_PATH(fchmodat, (int a, const char *path, mode_t mode, int flags), (a, path, mode, flags), path)
FAIL_OF_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
FAIL_OF_PATH(stat, (const char *path, struct stat *out), (path, out), path)
FAIL_OF_PATH(stat64, (const char *path, struct stat64 *out), (path, out), path)
FAIL_OF_DESCRIPTOR(ssize_t, read, (int file, void *data, size_t size), (file, data, size), file, size = (size + 1) / 2)
FAIL_OF_DESCRIPTOR(ssize_t, write, (int file, const void *data, size_t size), (file, data, size), file, size = (size + 1) / 2)
FAIL_OF_DESCRIPTOR(off_t, lseek, (int file, off_t to, int from), (file, to, from), file, )
FAIL_OF_DESCRIPTOR(off64_t, lseek64, (int file, off64_t to, int from), (file, to, from), file, )
FAIL_OF_DESCRIPTOR(int, fsync, (int file), (file), file, )
FAIL_OF_DESCRIPTOR(int, fstat, (int file, struct stat *out), (file, out), file, )
FAIL_OF_DESCRIPTOR(int, fstat64, (int file, struct stat64 *out), (file, out), file, )

int close(int file)
{
    REAL(close);
    int failed = fails("close", open_inside(file)) && !half, error = errno, result = real(file);
    if (!failed) return result;
    errno = error;
    return -1;
}

#define FAIL_OF_OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(name); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        if (fails(#name, inside(path)) && !half) return -1; \
        return real(path, flags, mode); \
    }
FAIL_OF_OPEN(open)
FAIL_OF_OPEN(open64)
