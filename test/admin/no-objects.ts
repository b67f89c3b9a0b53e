import type { AdminOptions } from '../../src/admin/http-server.ts';

/** An admin server whose objects do not matter. */
export const noObjects: AdminOptions['objects'] = async (path) => ({
  status: 200,
  body: `objects${path}`,
});
