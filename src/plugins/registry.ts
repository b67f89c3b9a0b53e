import type { ChainedPlugin } from './order.ts';
import type { PluginSetup } from './plugin.ts';

/** How each plugin of the chain is made; `kubernetes` is made by the server, which has the names. */
export const SETUPS: ReadonlyMap<ChainedPlugin, PluginSetup> = new Map<ChainedPlugin, PluginSetup>(
  [],
);
