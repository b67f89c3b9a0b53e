import type { Table } from './table.ts';
import { externalNames } from './tables/external-names.ts';
import { namesAndTypes } from './tables/names-and-types.ts';
import { endpointOptions, namespaceOptions, negativeTtls } from './tables/options.ts';
import { podModes } from './tables/pods.ts';
import { ownService, pointers } from './tables/reverse.ts';
import { caseAndOddNames, endpointNames, longNames, serviceRecords } from './tables/services.ts';

/**
 * Every rule for names, types and records, as tables: what CoreDNS answers, with the differences
 * that docs/compatibility.md lists. The model and the server must both obey them.
 */
export const TABLES: readonly Table[] = [
  ...namesAndTypes,
  ...serviceRecords,
  ...endpointNames,
  ...caseAndOddNames,
  ...longNames,
  ...externalNames,
  ...pointers,
  ...ownService,
  ...podModes,
  ...endpointOptions,
  ...namespaceOptions,
  ...negativeTtls,
];

export { SERVER_ADDRESSES, type Table } from './table.ts';
