#pragma once
// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC. Its declaration needs _GNU_SOURCE, which Swift's importer does not
// define, and including <sys/socket.h> here would make this module the owner of Glibc's socket types.
// address and length may be null.
int clinux_accept(int listener, void *address, unsigned int *length);
