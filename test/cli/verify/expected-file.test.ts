import { describe, expect, test } from 'vitest';
import { readExpected } from '../../../src/cli/verify/expected-file.ts';
import { typeName } from '../../../src/dns/codes.ts';
import { problemText } from '../../../src/kube/problem.ts';

function read(text: string) {
  return readExpected('e', Buffer.from(text), 'cluster.local');
}

/** `1:3 web A NOERROR 10.0.0.1,10.0.0.2 ttl=5 search=a,b`. */
function expected(text: string): string[] {
  const { expectations, problems } = read(text);
  expect(problems.map(problemText)).toEqual([]);
  return expectations.map(({ origin, name, type, rcode, answers, ttl, search }) => {
    const said = answers === undefined ? '*' : answers.join(', ') || '-';
    const rest = [
      ...(ttl === undefined ? [] : [`ttl=${ttl}`]),
      ...(search.length === 0 ? [] : [`search=${search.join(',')}`]),
    ];
    const place = `${origin.line}:${origin.column}`;
    return [place, name, typeName(type), rcode, said, ...rest].join(' ');
  });
}

const LONG = 'web.shop.svc.cluster.local.';

describe('readExpected() reads', () => {
  test.for<readonly [what: string, text: string, found: readonly string[]]>([
    [
      'YAML',
      `# comment
- name: ${LONG}
  answers: [10.96.0.11, 10.96.0.10]
  ttl: 5
- { name: db, from: shop, rcode: NXDOMAIN }
- name: _http._tcp.WEB.shop.svc.cluster.local
  type: srv
  search: [example.com]
  answers: ["0 100 80 WEB.shop.svc.Cluster.local"]
- { name: ${LONG}, type: AAAA, answers: [] }
- { name: db.shop, answers: [CNAME DB.example.com, 192.0.2.1] }
`,
      [
        `2:9 ${LONG} A NOERROR 10.96.0.11, 10.96.0.10 ttl=5`,
        '5:11 db A NXDOMAIN * search=shop.svc.cluster.local,svc.cluster.local,cluster.local',
        '6:9 _http._tcp.WEB.shop.svc.cluster.local SRV NOERROR 0 100 80 web.shop.svc.cluster.local. search=example.com',
        `10:11 ${LONG} AAAA NOERROR -`,
        '11:11 db.shop A NOERROR CNAME db.example.com., 192.0.2.1',
      ],
    ],
    [
      'JSON',
      `[{"name": "a.", "answers": ["::0001"], "type": "AAAA"}]`,
      ['1:11 a. AAAA NOERROR ::1'],
    ],
    [
      'records, those with one name and type as one answer',
      `; comment
;; another comment
${LONG} 5 IN A 10.96.0.10
  ${LONG}\tIN\tA\t10.0.0.1 ; not this TTL
`.replace('\tIN', '\t5\tIN'),
      [`3:1 ${LONG} A NOERROR 10.96.0.10, 10.0.0.1 ttl=5`],
    ],
    ['a record without a TTL', 'a. A 10.0.0.1', ['1:1 a. A NOERROR 10.0.0.1']],
    [
      'names without a record',
      ';; NXDOMAIN no A\n;; NODATA web. AAAA\n;; SERVFAIL x',
      ['1:1 no. A NXDOMAIN *', '2:1 web. AAAA NOERROR -', '3:1 x. A SERVFAIL *'],
    ],
    [
      'whole replies of dig',
      `
; <<>> DiG 9.18 <<>> alias.shop.svc.cluster.local
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1
;; WARNING: recursion requested but not available

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
;; QUESTION SECTION:
;alias.shop.svc.cluster.local. IN A

;; ANSWER SECTION:
alias.shop.svc.cluster.local. 5 IN CNAME web.example.com.
web.example.com. 60 IN A 192.0.2.1

;; ADDITIONAL SECTION:
other.example.com. 60 IN A 192.0.2.2

;; Query time: 0 msec
;; MSG SIZE  rcvd: 100

;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4712
;; QUESTION SECTION:
;no.shop.svc.cluster.local. IN AAAA

;; AUTHORITY SECTION:
cluster.local. 5 IN SOA ns.dns.cluster.local. h.cluster.local. 1 2 3 4 5

a. 5 IN A 192.0.2.3
`,
      [
        '12:1 alias.shop.svc.cluster.local. A NOERROR CNAME web.example.com., 192.0.2.1',
        '26:1 no.shop.svc.cluster.local. AAAA NXDOMAIN -',
        '31:1 a. A NOERROR 192.0.2.3 ttl=5',
      ],
    ],
  ])('%s', ([, text, found]) => {
    expect(expected(text)).toEqual(found);
  });
});

describe('readExpected() reports', () => {
  test.for<readonly [text: string, problems: readonly string[]]>([
    ['', ['1:1: error: Found no questions, expected at least one']],
    ['- a', ['1:3: error: Found "a", expected a mapping with a name']],
    ['name: a', ['1:1: error: Found a mapping, expected a list of questions: - name: …']],
    [
      '- { nam: a, rcode: NOERROR }',
      [
        '1:5: error: Unknown key "nam": did you mean \'name\'?',
        '1:3: error: Found no name, expected the name to ask for',
      ],
    ],
    ['- { name: a }', ['1:3: error: Found neither rcode nor answers, expected one of them']],
    [
      '- { name: a..b, type: AA, rcode: NXDOMIAN }',
      [
        "1:11: error: Cannot use the name 'a..b': Cannot use an empty label in a name",
        '1:23: error: Unknown type "AA": did you mean \'A\'?',
        '1:34: error: Unknown rcode "NXDOMIAN": did you mean \'NXDOMAIN\'?',
      ],
    ],
    [
      '- name: a\n  answers: [10.0.0, 7, 10.0.0.1]\n  ttl: -1',
      [
        "2:13: error: Cannot read the answer '10.0.0' as data of type A: expected an IPv4 address, found '10.0.0'",
        '2:21: error: Found 7, expected the text of an answer, in quotes',
        '3:8: error: Found -1, expected a TTL in seconds',
      ],
    ],
    [
      '- { name: a, answers: 10.0.0.1, from: shop, search: [x] }',
      [
        '1:53: error: Found both from and search, expected one of them',
        '1:23: error: Found "10.0.0.1", expected a list of answers',
      ],
    ],
    [
      '- { name: a, rcode: NODATA }',
      [
        '1:21: error: Unknown rcode "NODATA": expected answers: [], which is NOERROR without a record',
      ],
    ],
    [
      ';; NXDOMIAN no. A\n;; NODATA\n;; NODATA a. XX\na. 5 IN A ::1',
      [
        "1:1: error: Unknown rcode 'NXDOMIAN': did you mean 'NXDOMAIN'?",
        "2:1: error: Expected a name and a type behind NODATA, found ';; NODATA'",
        "3:1: error: Unknown type 'XX'",
        "4:1: error: Cannot read a record: expected an IPv4 address, found '::1'",
      ],
    ],
    [
      'a. 5 IN A 10.0.0.1\n\n  a. 6 IN A 10.0.0.2',
      [
        '3:3: error: Found TTL 6, expected 5 as in line 1: records of one answer have one (RFC 2181 section 5.2)',
      ],
    ],
    [
      '$ORIGIN cluster.local.',
      ["1:1: error: Cannot read a record: expected a type, as A or TYPE65, found 'cluster.local.'"],
    ],
    ['\xff', ['1:1: error: Found a byte that is not UTF-8, expected text']],
  ])('%j', ([text, problems]) => {
    const bytes = text === '\xff' ? Buffer.from([0xff]) : Buffer.from(text);
    const found = readExpected('e', bytes, 'cluster.local').problems.map(problemText);
    const texts = problems.map((problem) => `e:${problem} [VERIFY_EXPECTED]`);
    expect(found.toSorted()).toEqual(texts.toSorted());
  });

  test('at most 50 mistakes', () => {
    expect(read(';; NOPE a\n'.repeat(100)).problems).toHaveLength(50);
  });
});
