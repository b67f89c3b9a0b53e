import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadFacts } from '../../src/lint/facts.ts';
import { runs } from '../helpers/runs.ts';

const ORIGIN = { file: 'a.yaml', document: 0, line: 1, column: 1 };

/** What a container may be told, right and wrong. */
const text = fc.oneof(
  fc.constantFrom('http://web', 'db:5432', 'web.shop.svc', '$(A).b.svc', 'http://', '://', '.svc'),
  fc.string(),
);
const list = <T>(item: fc.Arbitrary<T>) =>
  fc.oneof(fc.array(item, { maxLength: 3 }), fc.anything());
const container = fc.record(
  { env: list(fc.record({ name: text, value: text })), args: list(text), command: list(text) },
  { requiredKeys: [] },
);
const podSpec = fc.record(
  {
    containers: list(container),
    hostAliases: list(fc.record({ hostnames: list(text) })),
    dnsConfig: fc.oneof(fc.record({ searches: list(text) }), fc.anything()),
  },
  { requiredKeys: [] },
);

test('ReadFacts takes whatever a file has, and keeps only names in small letters', () => {
  fc.assert(
    fc.property(fc.oneof(podSpec, fc.anything()), fc.anything(), (spec, metadata) => {
      const facts = new ReadFacts();
      facts.object({
        apiVersion: 'v1',
        kind: 'Pod',
        value: { metadata, spec },
        defaultNamespace: 'default',
        locate: () => ORIGIN,
      });
      for (const { host } of facts.mentions) expect(host).toMatch(/^[a-z0-9.-]+$/);
    }),
    { numRuns: runs(300) },
  );
});

test('ReadFacts keeps 20,000 hosts, and knows nothing of those after them', () => {
  const facts = new ReadFacts();
  for (let at = 0; at < 21; at++) {
    const args = Array.from({ length: 1000 }, (_, item) => `http://host-${at}-${item}`);
    facts.object({
      apiVersion: 'v1',
      kind: 'Pod',
      value: { metadata: { name: 'web' }, spec: { containers: [{ args }] } },
      defaultNamespace: 'default',
      locate: () => ORIGIN,
    });
  }
  expect(facts.mentions).toHaveLength(20_000);
});

test('Comments of ReadFacts take any text', () => {
  const line = fc.oneof(
    fc.constantFrom('---', 'a: 1', '# svcdns-lint: disable=one', '# svcdns-lint:', ''),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const { text, comments } = new ReadFacts();
      text('a.yaml', lines.join('\n'));
      for (let at = 0; at <= lines.length + 1; at++) {
        comments.silences('one', { ...ORIGIN, line: at });
      }
    }),
    { numRuns: runs(300) },
  );
});
