// A machine that fails when a test says so: loaded into a program in front of the system's library. In the folder
// FAILING_DISK these files say what fails:
//
//   sync            every sync, with EIO
//   sync-once       the next sync, with EIO; the file is removed by that
//   log-bytes-max   every write of a write-ahead log of SQLite beyond this number of bytes, with ENOSPC
//   full            every write that would let a file grow, with ENOSPC
//   clock           8 bytes: by how many microseconds the clock is ahead; must be there when the program starts

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int path_of(const char *name, char *path, size_t size) {
    const char *folder = getenv("FAILING_DISK");
    return folder != NULL && snprintf(path, size, "%s/%s", folder, name) < (int)size;
}

static int is_set(const char *name) {
    char path[4096];
    return path_of(name, path, sizeof path) && access(path, F_OK) == 0;
}

static int is_set_once(const char *name) {
    char path[4096];
    return path_of(name, path, sizeof path) && unlink(path) == 0;
}

static int sync_with(const char *function, int fd) {
    if (is_set("sync") || is_set_once("sync-once")) {
        errno = EIO;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
    return real(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }

int fdatasync(int fd) { return sync_with("fdatasync", fd); }

static int is_log(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 4 && strncmp(path + length - 4, "-wal", 4) == 0;
}

static int is_beyond(int fd, long long end) {
    char path[4096];
    long long most;
    if (!is_log(fd) || !path_of("log-bytes-max", path, sizeof path)) {
        return 0;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    int is_number = fscanf(file, "%lld", &most) == 1;
    fclose(file);
    return is_number && end > most;
}

static int grows(int fd, long long end) {
    struct stat file;
    return is_set("full") && fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && end > (long long)file.st_size;
}

static int has_no_room(int fd, long long end) {
    if (is_beyond(fd, end) || grows(fd, end)) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

typedef ssize_t (*write_at)(int, const void *, size_t, off64_t);

static ssize_t write_with(const char *function, int fd, const void *bytes, size_t count, off64_t at) {
    if (has_no_room(fd, (long long)at + (long long)count)) {
        return -1;
    }
    return ((write_at)dlsym(RTLD_NEXT, function))(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return write_with("pwrite64", fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return write_with("pwrite", fd, bytes, count, at); }

typedef ssize_t (*write_vector_at)(int, const struct iovec *, int, off64_t);

static ssize_t write_vector_with(const char *function, int fd, const struct iovec *parts, int count, off64_t at) {
    long long end = at;
    for (int part = 0; part < count; part++) {
        end += (long long)parts[part].iov_len;
    }
    if (has_no_room(fd, end)) {
        return -1;
    }
    return ((write_vector_at)dlsym(RTLD_NEXT, function))(fd, parts, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return write_vector_with("pwritev", fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return write_vector_with("pwritev64", fd, parts, count, at);
}

static const volatile int64_t *ahead = NULL;

__attribute__((constructor)) static void look_at_clock(void) {
    char path[4096];
    int fd = path_of("clock", path, sizeof path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    void *shared = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED) {
        ahead = shared;
    }
    close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *) = NULL;
    if (real == NULL) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME && ahead != NULL) {
        int64_t micros = (int64_t)now->tv_sec * 1000000 + now->tv_nsec / 1000 + *ahead;
        now->tv_sec = micros / 1000000;
        now->tv_nsec = micros % 1000000 * 1000;
    }
    return result;
}
