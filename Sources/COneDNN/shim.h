#pragma once
#include <oneapi/dnnl/dnnl.h>

// The OpenMP calls of libgomp, the runtime that Debian's oneDNN uses (omp.h itself belongs to the C compiler).
void omp_set_num_threads(int threads);
int omp_get_max_threads(void);
