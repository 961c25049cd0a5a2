"""Seconds of a flat search by faiss: faiss_search.py REFERENCES.npy QUERIES.npy QUERIES_TAKEN THREADS -> JSON, with the kernel that its
BLAS takes. OPENBLAS_CORETYPE of the environment asks for one."""
import json, sys, time
import numpy as np, faiss
from threadpoolctl import threadpool_info

references, queries = np.load(sys.argv[1]), np.load(sys.argv[2])[:int(sys.argv[3])]
faiss.omp_set_num_threads(int(sys.argv[4]))
index = faiss.IndexFlatL2(references.shape[1]); index.add(np.ascontiguousarray(references))
queries = np.ascontiguousarray(queries)
index.search(queries[:64], 31)
start = time.perf_counter(); index.search(queries, 31); seconds = time.perf_counter() - start
kernels = {i.get("architecture") for i in threadpool_info() if "faiss" in i["filepath"]} or {i.get("architecture") for i in threadpool_info()}
print(json.dumps({"seconds": seconds, "kernel": ", ".join(sorted(filter(None, kernels)))}))
