import type { Settings } from '../config/settings.ts';
import type { loadOnce } from '../control/load-once.ts';

/** Reads manifests once. */
export type LoadOnce = typeof loadOnce;

/** Loaded when it is called: the commands that only ask do without the parsers. */
export const loadNames: LoadOnce = async (...args) => {
  const { loadOnce } = await import('../control/load-once.ts');
  return loadOnce(...args);
};

/**
 * The addresses that NS records lead to, which a running server knows from its sockets: those of the
 * settings, and loopback for "every address".
 */
export function serverAddresses({ listen }: Pick<Settings, 'listen'>): string[] {
  const addresses = listen.map(({ address }) => {
    if (address === '' || address === '0.0.0.0') return '127.0.0.1';
    return address === '::' ? '::1' : address;
  });
  return [...new Set(addresses)].filter((address) => !address.includes('%'));
}
