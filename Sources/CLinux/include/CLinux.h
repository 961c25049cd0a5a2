// Linux calls that Glibc's Swift overlay does not show. Header shims only: no logic lives here.
#pragma once
#include "confinement.h"
#include "sockets.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
