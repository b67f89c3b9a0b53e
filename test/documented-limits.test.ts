import { expect, test } from 'vitest';
import { MAX_UNREAD_BYTES } from '../src/admin/http-server.ts';
import { MAX_RUNNING } from '../src/app/explain-page.ts';
import { MAX_STREAMS } from '../src/app/page/feed.ts';
import { MAX_QUERY_BYTES } from '../src/dns/intake.ts';
import { DEFAULT_LIMITS, TCP_ANSWER_MS, TCP_HELD_MS, TCP_STUCK_MS } from '../src/server/limits.ts';
import {
  MAX_ALIASES,
  MAX_DEPTH,
  MAX_DOCUMENTS,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_TOTAL_BYTES,
} from '../src/sources/folder/limits.ts';
import { readText } from './readme-blocks.ts';

const mib = (bytes: number) => `${bytes / 1024 ** 2} MiB`;
const number = (value: number) => value.toLocaleString('en');

test('SECURITY.md has the limits of manifests as the code has them', () => {
  const row = `| manifests | ${mib(MAX_FILE_BYTES)} and ${number(MAX_DOCUMENTS)} documents a file, ${mib(MAX_TOTAL_BYTES)} in all, depth ${MAX_DEPTH}, ${MAX_ALIASES} aliases a document; `;
  expect(readText('SECURITY.md')).toContain(row);
});

test('README.md and ARCHITECTURE.md have them too', () => {
  const readme = readText('README.md');
  const row = `| a manifest file | ${mib(MAX_FILE_BYTES)}, ${number(MAX_DOCUMENTS)} documents; all files ${mib(MAX_TOTAL_BYTES)}, ${number(MAX_FILES)} files |`;
  expect(readme).toContain(row);
  expect(readme).toContain(`The file may have up to ${mib(MAX_FILE_BYTES)}`);
  expect(readText('ARCHITECTURE.md')).toContain(`manifests up to ${mib(MAX_FILE_BYTES)} a file`);
});

test('SECURITY.md has the limits of queries and replies as the code has them', () => {
  expect(security()).toContain(`| queries | ${number(MAX_QUERY_BYTES)} bytes at most; `);
  expect(security()).toContain(
    `| replies over UDP | ${number(DEFAULT_LIMITS.udpReplyBytes)} bytes`,
  );
});

test('SECURITY.md has the limits of the page as the code has them', () => {
  expect(security()).toContain(
    `${MAX_STREAMS} streams of events, and with ${MAX_UNREAD_BYTES / 1024} KiB unread further events are dropped; ${MAX_RUNNING} explanations at a time; `,
  );
});

test('SECURITY.md has the limits of TCP connections as the code has them', () => {
  const limits = DEFAULT_LIMITS;
  const seconds = (ms: number) => `${ms / 1000} s`;
  const row = [
    `| TCP | ${number(limits.tcpConnections)} connections, `,
    `${limits.tcpConnectionsPerClient} of one client, `,
    'fewer where fewer than 4,096 files may be open; ',
    `${seconds(limits.tcpFirstByteMs)} to the first byte, `,
    `${seconds(limits.tcpMessageMs)} for a message, ${seconds(limits.tcpIdleMs)} idle, `,
    `${seconds(TCP_ANSWER_MS)} without an answer, `,
    `${seconds(TCP_HELD_MS)} without being read by the server; `,
    `${limits.tcpInFlight} queries under way; `,
    `${limits.tcpWriteBytes / 1024} KiB of unsent replies, `,
    `${seconds(limits.tcpStallMs)} without the client reading any; `,
    `a new client replaces one that is idle, or has made no progress for ${TCP_STUCK_MS} ms |`,
  ];
  expect(security()).toContain(row.join(''));
});

const security = () => readText('SECURITY.md');
