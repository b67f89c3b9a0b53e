// A file on the event loop of Node.js that calls JavaScript when something has come.
#include "shared.h"

static void let_go(channel *c) {
  if (--c->users == 0) c->release(c);
}

static void on_closed(void *handle) {
  channel *c = uv_handle_get_data(handle);
  napi_remove_async_cleanup_hook(c->cleanup);
  free(handle);
  let_go(c);
}

void close_channel(channel *c) {
  if (c->fd < 0) return;
  uv_poll_stop(c->poll);
  close(c->fd);
  c->fd = -1;
  napi_delete_reference(c->env, c->memory);
  napi_delete_reference(c->env, c->ready);
  uv_close(c->poll, on_closed);
}

static void on_cleanup(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  channel *c = data;
  c->close(c);
}

int watch_channel(channel *c) {
  struct uv_loop_s *loop;
  napi_get_uv_event_loop(c->env, &loop);
  c->poll = calloc(1, uv_handle_size(UV_POLL));
  int status = c->poll == NULL ? -ENOMEM : uv_poll_init(loop, c->poll, c->fd);
  if (status < 0) {
    free(c->poll);
    return status;
  }
  uv_handle_set_data(c->poll, c);
  c->users++;
  napi_add_async_cleanup_hook(c->env, on_cleanup, c, &c->cleanup);
  return 0;
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  let_go(data);
}

napi_value opened(channel *c, const char *name, napi_value memory, napi_value ready) {
  napi_value result, external;
  napi_create_reference(c->env, memory, 1, &c->memory);
  napi_create_reference(c->env, ready, 1, &c->ready);
  napi_create_external(c->env, c, on_collected, NULL, &external);
  c->users++;
  napi_create_object(c->env, &result);
  napi_set_named_property(c->env, result, name, external);
  napi_set_named_property(c->env, result, "memory", memory);
  return result;
}

void call_back(channel *c, int32_t value) {
  napi_env env = c->env;
  napi_handle_scope scope;
  napi_value global, ready, argument, error;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_get_global(env, &global);
  napi_get_reference_value(env, c->ready, &ready);
  napi_create_int32(env, value, &argument);
  napi_status status = napi_make_callback(env, NULL, global, ready, 1, &argument, NULL);
  if (status == napi_pending_exception) {
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

void *channel_from(napi_env env, napi_callback_info info, void (*release)(channel *), size_t count,
                   napi_value *argv) {
  void *data = NULL;
  size_t given = count;
  napi_get_cb_info(env, info, &given, argv, NULL, NULL);
  bool is_given = given >= count && napi_get_value_external(env, argv[0], &data) == napi_ok;
  channel *c = data;
  if (is_given && c->release == release) return c;
  napi_throw_type_error(env, NULL, "expected what this library has opened");
  return NULL;
}

bool is_function(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_function) return true;
  napi_throw_type_error(env, NULL, "expected a function");
  return false;
}
