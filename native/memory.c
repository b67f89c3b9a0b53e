// What the C library keeps for later of the memory that was given back to it. V8's compiler takes
// and gives back tens of megabytes while a program starts, in threads with an arena each.
#include "shared.h"

// glibc's; musl keeps next to nothing and has neither.
extern int malloc_trim(size_t pad) __attribute__((weak));
extern int mallopt(int option, int value) __attribute__((weak));

enum { M_ARENA_MAX = -8 };

static napi_value trim(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, malloc_trim == NULL ? -ENOSYS : malloc_trim(0));
}

static napi_value share_arenas(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, mallopt == NULL ? -ENOSYS : mallopt(M_ARENA_MAX, 1));
}

void export_memory(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"trim", NULL, trim, NULL, NULL, NULL, napi_enumerable, NULL},
      {"shareArenas", NULL, share_arenas, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, 2, properties);
}
