// Memory that the process has and does not need: what the C library keeps for later of what was
// given back to it, as V8's compiler takes and gives back tens of megabytes while a program starts,
// in threads with an arena each; and what of Node.js's own file only the start has used.
#include "shared.h"
#include <link.h>
#include <sys/mman.h>

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

struct range {
  uintptr_t start, end;
  bool is_of_node;
};

static bool holds(const struct dl_phdr_info *object, int segment, uintptr_t start, uintptr_t end) {
  const ElfW(Phdr) *header = &object->dlpi_phdr[segment];
  uintptr_t page = (uintptr_t)getpagesize();
  uintptr_t first = object->dlpi_addr + header->p_vaddr;
  uintptr_t last = first + header->p_memsz;
  return header->p_type == PT_LOAD && first - first % page <= start &&
         end <= last + (page - last % page) % page;
}

// Of Node.js, which is the object with the functions of Node-API, and is never unloaded, the
// segments that cannot be written: nothing is in them that is not in the file.
static int look_in(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size;
  struct range *range = data;
  uintptr_t code = (uintptr_t)&napi_create_function;
  bool is_node = false, is_read_only = false;
  for (int at = 0; at < object->dlpi_phnum; at++) {
    if (holds(object, at, code, code)) is_node = true;
    if (holds(object, at, range->start, range->end))
      is_read_only = (object->dlpi_phdr[at].p_flags & PF_W) == 0;
  }
  range->is_of_node = is_node && is_read_only;
  return is_node;
}

// forget(start, bytes): the range of a read-only segment of Node.js's file takes no memory until it
// is used again, when the kernel maps it from its cache of the file. 0 or -errno.
static napi_value forget(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  int64_t start = 0, bytes = 0;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 2 ||
      napi_get_value_int64(env, arguments[0], &start) != napi_ok ||
      napi_get_value_int64(env, arguments[1], &bytes) != napi_ok || start <= 0 || bytes <= 0 ||
      bytes > INT64_MAX - start)
    return number(env, -EINVAL);
  struct range range = {(uintptr_t)start, (uintptr_t)start + (uintptr_t)bytes, false};
  dl_iterate_phdr(look_in, &range);
  if (!range.is_of_node) return number(env, -EINVAL);
  return number(env, madvise((void *)range.start, (size_t)bytes, MADV_DONTNEED) == 0 ? 0 : -errno);
}

void export_memory(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"trim", NULL, trim, NULL, NULL, NULL, napi_enumerable, NULL},
      {"shareArenas", NULL, share_arenas, NULL, NULL, NULL, napi_enumerable, NULL},
      {"forget", NULL, forget, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, 3, properties);
}
