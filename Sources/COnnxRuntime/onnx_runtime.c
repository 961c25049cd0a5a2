#include "onnx_runtime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The C interface is a table of functions that only grows: the places below are those of its version 1 (release 1.0, 2019),
// which every later library serves (docs: "C API", section "Versioning").
enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION_FROM_ARRAY = 8,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_SESSION_LOG_SEVERITY = 22,
    SET_OPTIMIZATION_LEVEL = 23,
    SET_INTRA_OP_THREADS = 24,
    SET_INTER_OP_THREADS = 25,
    INPUT_COUNT = 30,
    OUTPUT_COUNT = 31,
    INPUT_TYPE = 33,
    OUTPUT_TYPE = 34,
    INPUT_NAME = 36,
    OUTPUT_NAME = 37,
    CREATE_TENSOR_WITH_DATA = 49,
    IS_TENSOR = 50,
    TENSOR_DATA = 51,
    CAST_TYPE_TO_TENSOR = 55,
    ELEMENT_TYPE = 60,
    DIMENSION_COUNT = 61,
    DIMENSIONS = 62,
    TENSOR_SHAPE = 65,
    CREATE_CPU_MEMORY_INFO = 69,
    DEFAULT_ALLOCATOR = 78,
    RELEASE_ENV = 92,
    RELEASE_STATUS = 93,
    RELEASE_MEMORY_INFO = 94,
    RELEASE_SESSION = 95,
    RELEASE_VALUE = 96,
    RELEASE_TYPE = 98,
    RELEASE_SHAPE = 99,
    RELEASE_SESSION_OPTIONS = 100
};

enum { API_VERSION = 1, LOG_FATAL = 4, OPTIMIZE_ALL = 99, DEVICE_ALLOCATOR = 0, DEFAULT_MEMORY = 0 };

typedef void *handle;
typedef handle status;
typedef struct {
    void *const *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} api_base;

// The functions, by what they take.
typedef const char *(*message_function)(handle);
typedef status (*create_env_function)(int, const char *, handle *);
typedef status (*create_function)(handle *);
typedef status (*set_function)(handle, int);
typedef status (*create_session_function)(handle, const void *, size_t, handle, handle *);
typedef status (*count_function)(handle, size_t *);
typedef status (*type_function)(handle, size_t, handle *);
typedef status (*name_function)(handle, size_t, handle, char **);
typedef status (*memory_function)(int, int, handle *);
typedef status (*tensor_function)(handle, void *, size_t, const int64_t *, size_t, int, handle *);
typedef status (*get_int_function)(handle, int *);
typedef status (*get_handle_function)(handle, handle *);
typedef status (*dimensions_function)(handle, int64_t *, size_t);
typedef status (*run_function)(handle, handle, const char *const *, const handle *, size_t, const char *const *, size_t,
                               handle *);
typedef void (*release_function)(handle);

struct onnx_session {
    void *const *api;
    handle env, session, memory;
    size_t inputs, outputs;
    onnx_port *input, *output;
    const char **output_names;
    handle *results;
};

static const api_base *base_of(const char *library, char *error, size_t capacity) {
    void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        snprintf(error, capacity, "ONNX Runtime cannot be loaded: %s", dlerror());
        return NULL;
    }
    const api_base *(*get_base)(void) = (const api_base *(*)(void))dlsym(opened, "OrtGetApiBase");
    if (!get_base) {
        snprintf(error, capacity, "%s is no ONNX Runtime", library);
        return NULL;
    }
    // It stays open: the library keeps threads and tables of its own.
    return get_base();
}

const char *onnx_version(const char *library) {
    char error[256];
    const api_base *base = base_of(library, error, sizeof error);
    return base ? base->get_version() : NULL;
}

/// Whether a call went well; otherwise its sentence is kept.
static bool is_fine(void *const *api, status status, char *error, size_t capacity) {
    if (!status) return true;
    snprintf(error, capacity, "%s", ((message_function)api[GET_ERROR_MESSAGE])(status));
    ((release_function)api[RELEASE_STATUS])(status);
    return false;
}

static void read_shape(void *const *api, handle info, onnx_port *port, char *error, size_t capacity) {
    size_t rank = 0;
    int element = 0;
    if (!is_fine(api, ((get_int_function)api[ELEMENT_TYPE])(info, &element), error, capacity)) return;
    if (!is_fine(api, ((count_function)api[DIMENSION_COUNT])(info, &rank), error, capacity)) return;
    if (rank > ONNX_MAX_RANK) return;
    if (!is_fine(api, ((dimensions_function)api[DIMENSIONS])(info, port->shape, rank), error, capacity)) return;
    port->element = element;
    port->rank = (int32_t)rank;
}

static onnx_port read_port(void *const *api, handle session, size_t index, int type_place, int name_place, char *error,
                           size_t capacity) {
    onnx_port port = {.name = NULL, .element = 0, .rank = -1};
    handle allocator = NULL, type = NULL, tensor = NULL;
    char *name = NULL;
    if (is_fine(api, ((create_function)api[DEFAULT_ALLOCATOR])(&allocator), error, capacity) &&
        is_fine(api, ((name_function)api[name_place])(session, index, allocator, &name), error, capacity)) {
        port.name = name;  // Kept until the process ends: a few bytes.
    }
    if (!is_fine(api, ((type_function)api[type_place])(session, index, &type), error, capacity)) return port;
    // What is no tensor leaves the rank at -1.
    if (is_fine(api, ((get_handle_function)api[CAST_TYPE_TO_TENSOR])(type, &tensor), error, capacity) && tensor)
        read_shape(api, tensor, &port, error, capacity);
    ((release_function)api[RELEASE_TYPE])(type);
    return port;
}

static bool read_ports(onnx_session *session, char *error, size_t capacity) {
    void *const *api = session->api;
    if (!is_fine(api, ((count_function)api[INPUT_COUNT])(session->session, &session->inputs), error, capacity)) return false;
    if (!is_fine(api, ((count_function)api[OUTPUT_COUNT])(session->session, &session->outputs), error, capacity)) return false;
    session->input = calloc(session->inputs + 1, sizeof *session->input);
    session->output = calloc(session->outputs + 1, sizeof *session->output);
    session->output_names = calloc(session->outputs + 1, sizeof *session->output_names);
    session->results = calloc(session->outputs + 1, sizeof *session->results);
    if (!session->input || !session->output || !session->output_names || !session->results) {
        snprintf(error, capacity, "out of memory");
        return false;
    }
    for (size_t i = 0; i < session->inputs; i++)
        session->input[i] = read_port(api, session->session, i, INPUT_TYPE, INPUT_NAME, error, capacity);
    for (size_t i = 0; i < session->outputs; i++) {
        session->output[i] = read_port(api, session->session, i, OUTPUT_TYPE, OUTPUT_NAME, error, capacity);
        session->output_names[i] = session->output[i].name;
        if (!session->output[i].name) return false;
    }
    if (!session->inputs || !session->input[0].name) {
        snprintf(error, capacity, "the network has no input");
        return false;
    }
    return true;
}

static bool create(onnx_session *session, const void *model, size_t bytes, char *error, size_t capacity) {
    void *const *api = session->api;
    handle options = NULL;
    if (!is_fine(api, ((create_env_function)api[CREATE_ENV])(LOG_FATAL, "plumbline", &session->env), error, capacity) ||
        !is_fine(api, ((create_function)api[CREATE_SESSION_OPTIONS])(&options), error, capacity))
        return false;
    bool fine =
        is_fine(api, ((set_function)api[SET_SESSION_LOG_SEVERITY])(options, LOG_FATAL), error, capacity) &&
        is_fine(api, ((set_function)api[SET_OPTIMIZATION_LEVEL])(options, OPTIMIZE_ALL), error, capacity) &&
        is_fine(api, ((set_function)api[SET_INTRA_OP_THREADS])(options, 1), error, capacity) &&
        is_fine(api, ((set_function)api[SET_INTER_OP_THREADS])(options, 1), error, capacity) &&
        is_fine(api, ((create_session_function)api[CREATE_SESSION_FROM_ARRAY])(session->env, model, bytes, options,
                                                                            &session->session),
                error, capacity) &&
        is_fine(api, ((memory_function)api[CREATE_CPU_MEMORY_INFO])(DEVICE_ALLOCATOR, DEFAULT_MEMORY, &session->memory),
                error, capacity);
    ((release_function)api[RELEASE_SESSION_OPTIONS])(options);
    return fine && read_ports(session, error, capacity);
}

onnx_session *onnx_open(const char *library, const void *model, size_t bytes, char *error, size_t capacity) {
    const api_base *base = base_of(library, error, capacity);
    if (!base) return NULL;
    void *const *api = base->get_api(API_VERSION);
    if (!api) {
        snprintf(error, capacity, "this ONNX Runtime (%s) does not serve version 1 of its interface", base->get_version());
        return NULL;
    }
    onnx_session *session = calloc(1, sizeof *session);
    if (!session) {
        snprintf(error, capacity, "out of memory");
        return NULL;
    }
    session->api = api;
    if (create(session, model, bytes, error, capacity)) return session;
    onnx_close(session);
    return NULL;
}

static void release_results(onnx_session *session) {
    for (size_t i = 0; session->results && i < session->outputs; i++) {
        if (session->results[i]) ((release_function)session->api[RELEASE_VALUE])(session->results[i]);
        session->results[i] = NULL;
    }
}

void onnx_close(onnx_session *session) {
    void *const *api = session->api;
    release_results(session);
    if (session->memory) ((release_function)api[RELEASE_MEMORY_INFO])(session->memory);
    if (session->session) ((release_function)api[RELEASE_SESSION])(session->session);
    if (session->env) ((release_function)api[RELEASE_ENV])(session->env);
    free(session->input);
    free(session->output);
    free(session->output_names);
    free(session->results);
    free(session);
}

size_t onnx_input_count(const onnx_session *session) { return session->inputs; }
size_t onnx_output_count(const onnx_session *session) { return session->outputs; }
onnx_port onnx_input(const onnx_session *session, size_t index) { return session->input[index]; }
onnx_port onnx_output(const onnx_session *session, size_t index) { return session->output[index]; }

bool onnx_run(onnx_session *session, const onnx_tensor *inputs, size_t count, char *error, size_t capacity) {
    void *const *api = session->api;
    release_results(session);
    handle tensors[ONNX_MAX_INPUTS] = {NULL};
    const char *names[ONNX_MAX_INPUTS];
    bool fine = count <= ONNX_MAX_INPUTS;
    for (size_t i = 0; fine && i < count; i++) {
        size_t bytes = inputs[i].element == ONNX_INT64 ? sizeof(int64_t) : sizeof(float);
        for (int32_t axis = 0; axis < inputs[i].rank; axis++) bytes *= (size_t)inputs[i].shape[axis];
        names[i] = inputs[i].name;
        fine = is_fine(api,
                       ((tensor_function)api[CREATE_TENSOR_WITH_DATA])(session->memory, (void *)inputs[i].values, bytes,
                                                                       inputs[i].shape, (size_t)inputs[i].rank,
                                                                       inputs[i].element, &tensors[i]),
                       error, capacity);
    }
    fine = fine && is_fine(api,
                           ((run_function)api[RUN])(session->session, NULL, names, tensors, count, session->output_names,
                                                    session->outputs, session->results),
                           error, capacity);
    for (size_t i = 0; i < ONNX_MAX_INPUTS; i++)
        if (tensors[i]) ((release_function)api[RELEASE_VALUE])(tensors[i]);
    return fine;
}

const float *onnx_result(const onnx_session *session, size_t index, int64_t *shape, int32_t *rank) {
    void *const *api = session->api;
    char error[256];
    int is_tensor = 0;
    handle value = session->results[index], info = NULL, data = NULL;
    if (!value || !is_fine(api, ((get_int_function)api[IS_TENSOR])(value, &is_tensor), error, sizeof error) || !is_tensor)
        return NULL;
    onnx_port port = {.name = NULL, .element = 0, .rank = -1};
    if (!is_fine(api, ((get_handle_function)api[TENSOR_SHAPE])(value, &info), error, sizeof error)) return NULL;
    read_shape(api, info, &port, error, sizeof error);
    ((release_function)api[RELEASE_SHAPE])(info);
    if (port.rank < 0 || port.element != ONNX_FLOAT) return NULL;
    if (!is_fine(api, ((get_handle_function)api[TENSOR_DATA])(value, &data), error, sizeof error)) return NULL;
    memcpy(shape, port.shape, sizeof port.shape);
    *rank = port.rank;
    return data;
}
