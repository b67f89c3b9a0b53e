import {
  descriptorBudget,
  isTight,
  MOST_TCP_CONNECTIONS,
  ULIMIT,
} from '../../../support/descriptor-budget.ts';
import { openFilesLimit } from '../../../support/process.ts';
import { type Check, ok, warn } from '../finding.ts';

/** How many files the process may open, sockets among them, and what that leaves for clients. */
export const openFiles: Check = {
  id: 'open files',
  run({ machine }) {
    const limit = openFilesLimit((path) => machine.read(path) ?? '');
    const budget = descriptorBudget(limit);
    const { tcpConnections } = budget;
    const files = Number.isFinite(limit) ? String(limit) : 'any number of';
    const text = `${files} open files allow ${tcpConnections} TCP connections`;
    if (!isTight(budget)) return [ok(text)];
    return [warn(`${text}: expected ${MOST_TCP_CONNECTIONS}`, ULIMIT)];
  },
};
