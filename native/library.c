// What Node.js loads. Built without a libc (-nostdlib): what it calls is found in the libc of the
// process that loads it, so that one file serves glibc and musl. Both have these functions, with
// these types.
#include "shared.h"

NAPI_MODULE_INIT() {
  export_udp(env, exports);
  export_asking(env, exports);
  export_memory(env, exports);
  return exports;
}
