// A disk that fails when a test says so: loaded into the server in front of the system's library.
//
// In the folder FAILING_DISK, a file "sync" lets every sync fail with EIO, and a file "log-bytes-max" with a number lets
// every write-ahead log end there with ENOSPC.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int path_of(const char *name, char *path, size_t size) {
    const char *folder = getenv("FAILING_DISK");
    return folder != NULL && snprintf(path, size, "%s/%s", folder, name) < (int)size;
}

static int sync_with(const char *function, int fd) {
    char path[4096];
    if (path_of("sync", path, sizeof path) && access(path, F_OK) == 0) {
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

typedef ssize_t (*write_at)(int, const void *, size_t, off64_t);

static ssize_t write_with(const char *function, int fd, const void *bytes, size_t count, off64_t at) {
    if (is_beyond(fd, (long long)at + (long long)count)) {
        errno = ENOSPC;
        return -1;
    }
    return ((write_at)dlsym(RTLD_NEXT, function))(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return write_with("pwrite64", fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return write_with("pwrite", fd, bytes, count, at); }
