import type { AdminOptions } from '../../src/admin/http-server.ts';

/** The pages of an admin server whose content does not matter. */
export const noPages: Pick<AdminOptions, 'objects' | 'explain' | 'history' | 'stats'> = {
  objects: async (path) => ({ status: 200, body: `objects${path}` }),
  explain: async (query) => ({ status: 200, body: `explain ${query}` }),
  history: async (query) => ({ status: 200, body: `history ${query}` }),
  stats: async (query) => ({ status: 200, body: `stats ${query}` }),
};
