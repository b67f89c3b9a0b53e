import { expect, test } from 'vitest';
import { knownRow, ROWS } from '../../../src/cli/verify/known-differences.ts';
import { readText } from '../../readme-blocks.ts';

test('known differences are rows of docs/compatibility.md', () => {
  const cells = readText('docs/compatibility.md')
    .split('\n')
    .map((line) => line.split(' | ')[0]?.replace(/^\| /, ''));
  expect(ROWS.map(({ row }) => row).filter((row) => !cells.includes(row))).toEqual([]);
});

const Z = 'cluster.local.';

test.for<readonly [question: string, coredns: string, svcdns: string, row: string | undefined]>([
  [`${Z} TXT`, 'NXDOMAIN', 'NODATA', 'TXT at `Z`, `svc.Z`, `pod.Z`'],
  [`DNS-VERSION.${Z} A`, 'NXDOMAIN', 'NODATA', 'any type but TXT at `dns-version.Z`'],
  [`1.0.96.10.in-addr.arpa. A`, 'NXDOMAIN', 'NODATA', 'any type but PTR at a reverse name'],
  [`_tcp.web.shop.svc.${Z} A`, 'NXDOMAIN', 'NODATA', '`dns.Z`, `_tcp.web.NS.svc.Z`'],
  [`no.shop.svc.${Z} SOA`, 'NODATA', 'NXDOMAIN', 'SOA at a name that does not exist'],
  [`x.1-2-3-4.shop.pod.${Z} A`, '1.2.3.4', 'NXDOMAIN', 'labels left of a pod name'],
  [`out.shop.svc.${Z} A`, 'www.example.org.', 'NX www.example.org.', 'ExternalName outside the'],
  [`web.shop.svc.${Z} A`, 'NXDOMAIN', 'NODATA', undefined],
  [`web.shop.svc.${Z} A`, '10.96.0.1', '10.96.0.2', undefined],
  [`web.shop.svc.${Z} A`, '10.96.0.1', 'NXDOMAIN', undefined],
])('knownRow() of %s: %s, then %s', ([question, coredns, svcdns, row]) => {
  const [name = '', type = ''] = question.split(' ');
  const found = knownRow({
    question: { name, type },
    coredns: reply(question, coredns),
    svcdns: reply(question, svcdns),
    other: [],
    names: {
      existing: new Set([`web.shop.svc.${Z}`, '1.0.96.10.in-addr.arpa.']),
      above: new Set([`_tcp.web.shop.svc.${Z}`, `shop.svc.${Z}`]),
    },
    zones: [Z],
  });
  expect(found?.slice(0, row?.length)).toBe(row);
});

function reply(question: string, text: string) {
  if (/^NXD/.test(text)) return { rcode: text, answer: [] };
  if (text.endsWith('.')) {
    const rcode = text.startsWith('NX ') ? 'NXDOMAIN' : 'NOERROR';
    return { rcode, answer: [`${question.split(' ')[0]} 5 IN CNAME ${text.split(' ').at(-1)}`] };
  }
  const answer = text === 'NODATA' ? [] : [`${question.replace(' ', ' 5 IN ')} ${text}`];
  return { rcode: 'NOERROR', answer };
}
