import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, shape, told } from './notation.ts';

const ALONE = "expected a Corefile, the text under 'Corefile: |' of a ConfigMap";

describe('parseCorefile reads', () => {
  const accepted: [name: string, text: string, shape: string][] = [
    ['a block on one zone', '.:53 {\n errors\n}', 'dns://.:53 { errors }'],
    ['a key without a port', 'example.org {\n}', 'dns://example.org. {  }'],
    ['a port alone as the root zone', ':53 {\n}', 'dns://.:53 {  }'],
    [
      'upper case, a final dot and a scheme in keys',
      'DNS://Example.ORG.:5353 {\n}',
      'dns://example.org.:5353 {  }',
    ],
    ['several keys on a line', 'a.org b.org:54 {\n}', 'dns://a.org. dns://b.org.:54 {  }'],
    ['keys after a comma on the next line', 'a.org,\nb.org {\n}', 'dns://a.org. dns://b.org. {  }'],
    ['a brace on the line after the keys', 'a.org\n{\n log\n}', 'dns://a.org. { log }'],
    ['one block without braces', 'a.org\n log\n cache 30\n', 'dns://a.org. { log; cache(30) }'],
    ['two blocks', 'a.org {\n log\n}\nb.org {\n}', 'dns://a.org. { log } | dns://b.org. {  }'],
    ['an IPv4 network as a key', '10.0.0.0/8 {\n}', 'dns://10.in-addr.arpa. {  }'],
    [
      'a network between two labels as several keys',
      '10.0.0.0/15:53 {\n}',
      'dns://0.10.in-addr.arpa.:53 dns://1.10.in-addr.arpa.:53 {  }',
    ],
    [
      'an IPv6 network with a port',
      '2001:db8::/32:53 {\n}',
      'dns://8.b.d.0.1.0.0.2.ip6.arpa.:53 {  }',
    ],
    [
      'a classless reverse zone (RFC 2317) as a name',
      '0/25.2.0.192.in-addr.arpa {\n}',
      'dns://0/25.2.0.192.in-addr.arpa. {  }',
    ],
    [
      'arguments and a block',
      '. {\n cache 30 {\n  success 100 10\n }\n loop\n}',
      'dns://. { cache(30) { success(100,10) }; loop }',
    ],
    [
      'a directive block on one line',
      '. {\n health { lameduck 5s }\n ready\n}',
      'dns://. { health { lameduck(5s) }; ready }',
    ],
    [
      'a block in a block',
      '. {\n tls {\n acme {\n domain a\n }\n }\n}',
      'dns://. { tls { acme { domain(a) } } }',
    ],
    ['a directive named twice', '. {\n log a\n log b\n}', 'dns://. { log(a); log(b) }'],
    ['comments, also in a word', '# top\n. { # x\n log#y z\n}\n#', 'dns://. { log }'],
    [
      'quoted words with spaces',
      '. {\n log . "{name} {type}"\n}',
      'dns://. { log(.,{name} {type}) }',
    ],
    [
      'an escaped quote; other backslashes stay',
      '. {\n log "a\\"b\\d\\\\"\n}',
      'dns://. { log(a"b\\d\\\\) }',
    ],
    [
      'a quoted word over two lines as one argument',
      '. {\n log "a\nb" c\n loop\n}',
      'dns://. { log(a\nb,c); loop }',
    ],
    ['quotes inside a word as ordinary characters', '. {\n log a"b"\n}', 'dns://. { log(a"b") }'],
    ['a quoted brace as text', '. {\n log "{" "}"\n}', 'dns://. { log({,}) }'],
    ['a brace in a word as text', '. {\n log {common}\n}', 'dns://. { log({common}) }'],
    [
      'a byte order mark and Windows line ends',
      '\ufeff.:53 {\r\n log a\r\n}\r\n',
      'dns://.:53 { log(a) }',
    ],
    ['Unicode white space', '.\u00a0{\n\u2003log\u0085x\n}', 'dns://. { log(x) }'],
    ['nothing from an empty file', '', ''],
  ];
  test.for(accepted)('%s', ([, text, expected]) => {
    const corefile = parse(text);
    expect(told(corefile.problems)).toEqual([]);
    expect(shape(corefile)).toBe(expected);
  });

  test('the stock Corefile of kubeadm', () => {
    const url = new URL('../fixtures/corefiles/kubeadm', import.meta.url);
    const corefile = parse(readFileSync(url, 'utf8'));
    expect(told(corefile.problems)).toEqual([]);
    expect(shape(corefile)).toBe(
      'dns://.:53 { errors; health { lameduck(5s) }; ready; ' +
        'kubernetes(cluster.local,in-addr.arpa,ip6.arpa) { pods(insecure); fallthrough(in-addr.arpa,ip6.arpa); ttl(30) }; ' +
        'prometheus(:9153); forward(.,/etc/resolv.conf) { max_concurrent(1000) }; ' +
        'cache(30) { disable(success,cluster.local); disable(denial,cluster.local) }; ' +
        'loop; reload; loadbalance }',
    );
  });

  test('the place of every word', () => {
    const { blocks } = parse('\n. {\n  cache "3\n0" {\n\tx  y\n  }\n}');
    const [cache] = blocks[0]!.directives;
    const [x] = cache!.block!;
    const places = [blocks[0]!, cache!, cache!.args[0]!, x!, x!.args[0]!].map(
      ({ origin }) => `${origin.file}:${origin.line}:${origin.column}`,
    );
    expect(places).toEqual([
      'Corefile:2:1',
      'Corefile:3:3',
      'Corefile:3:9',
      'Corefile:5:2',
      'Corefile:5:5',
    ]);
  });
});

describe('parseCorefile refuses', () => {
  const refused: [name: string, text: string, problems: string[]][] = [
    [
      'a server block that is not closed',
      '.:53 {\n errors\n',
      [
        "Corefile:1:6: error: Unclosed server block: expected '}' before the end of the file [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a directive block that is not closed, with the block round it',
      '. {\n cache {\n  x\n',
      [
        "Corefile:2:8: error: Unclosed block of 'cache': expected '}' before the end of the file [COREFILE_SYNTAX]",
        "Corefile:1:3: error: Unclosed server block: expected '}' before the end of the file [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a quote that is not closed',
      '. {\n log "abc\n}\n',
      [
        "Corefile:2:6: error: Unclosed quote before 'abc\\n}\\n': expected a closing '\"' before the end of the file [COREFILE_SYNTAX]",
        "Corefile:1:3: error: Unclosed server block: expected '}' before the end of the file [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a brace too many',
      '. {\n}\n}\n',
      ["Corefile:3:1: error: Unexpected '}' because no matching opening brace [COREFILE_SYNTAX]"],
    ],
    [
      'a closing brace of a block without an opening one',
      '.:53\n errors\n}\n',
      [
        "Corefile:3:1: error: Unexpected '}' because no matching opening brace: the server block at line 1 has no '{' [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a server block closed on the line of a directive',
      '. { errors }\n',
      [
        "Corefile:1:12: error: Unexpected '}' because no matching opening brace: expected a new line before the '}' of a server block [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a block without a zone',
      '{\n log\n}\n. {\n}',
      [
        "Corefile:1:1: error: Unexpected '{': expected a zone before it, as in '. {' [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a brace on a line of its own after a directive',
      '. {\n cache\n {\n  x\n }\n loop\n}',
      [
        "Corefile:3:2: error: Unexpected '{': expected a directive: a block opens on the line of its directive [COREFILE_SYNTAX]",
      ],
    ],
    [
      'words after a closing brace',
      '. {\n cache {\n } 30\n}',
      ["Corefile:3:4: error: Unexpected '30' after '}': expected a new line [COREFILE_SYNTAX]"],
    ],
    [
      'blocks nested without end',
      `. {\n${'a {\n'.repeat(6)}${'}\n'.repeat(7)}`,
      ['Corefile:6:3: error: Cannot open a block here: more than 4 are open [COREFILE_SYNTAX]'],
    ],
    [
      'a comma before the brace',
      'a.org, {\n}',
      [
        "Corefile:1:1: error: Unexpected '{': expected another zone after the comma [COREFILE_SYNTAX]",
      ],
    ],
    [
      'zones joined by a comma without a space',
      'a.org,b.org {\n}',
      ["Corefile:1:1: error: Cannot use 'a.org,b.org' as a zone: unexpected ',' [COREFILE_ZONE]"],
    ],
    [
      'an empty zone (TOB-3)',
      '"" {\n}',
      [
        "Corefile:1:1: error: Cannot use an empty zone name: expected '.' for all names [COREFILE_SYNTAX]",
      ],
    ],
    [
      'a zone with an empty label (TOB-4)',
      'a..b:53 {\n}',
      [
        "Corefile:1:1: error: Cannot use 'a..b' as a zone: Cannot use an empty label in a name [COREFILE_ZONE]",
      ],
    ],
    [
      'a zone that is only dots (TOB-15)',
      '.. {\n}',
      [
        "Corefile:1:1: error: Cannot use '..' as a zone: Cannot use an empty label in a name [COREFILE_ZONE]",
      ],
    ],
    [
      'a label of 64 bytes',
      `${'a'.repeat(64)}.org {\n}`,
      [
        `Corefile:1:1: error: Cannot use '${'a'.repeat(60)}…' as a zone: Cannot use a label of 64 bytes: expected at most 63 [COREFILE_ZONE]`,
      ],
    ],
    [
      'a ConfigMap',
      "# CoreDNS's\napiVersion: v1\nkind: ConfigMap\ndata:\n  Corefile: |\n    . {\n    }\n",
      [
        `Corefile:2:1: error: Found YAML, which begins with 'apiVersion:': ${ALONE} [COREFILE_SYNTAX]`,
      ],
    ],
    [
      "values of CoreDNS's chart",
      'servers:\n- zones:\n  - zone: .\n',
      [`Corefile:1:1: error: Found YAML, which begins with 'servers:': ${ALONE} [COREFILE_SYNTAX]`],
    ],
    [
      'a colon without a port',
      'example.org: {\n}',
      ['Corefile:1:1: error: expecting data after last colon: "example.org:" [COREFILE_ZONE]'],
    ],
    [
      'a port over 65535',
      '.:70000 {\n}',
      [
        "Corefile:1:1: error: Cannot use port '70000' of '.:70000': expected 0 to 65535 [COREFILE_ZONE]",
      ],
    ],
    [
      'a network with an impossible mask',
      '10.0.0.0/33 {\n}',
      [
        "Corefile:1:1: error: Cannot use '10.0.0.0/33' as a zone: expected a mask of 0 to 32 after the address, as in 10.0.0.0/8 [COREFILE_ZONE]",
      ],
    ],
    [
      'an address without a mask',
      '10.0.0.1:53 {\n}',
      [
        "Corefile:1:1: error: Cannot use '10.0.0.1' as a zone: expected a mask of 0 to 32 after the address, as in 10.0.0.0/8 [COREFILE_ZONE]",
      ],
    ],
    [
      'an encrypted transport',
      'tls://. {\n}',
      [
        "Corefile:1:1: error: Cannot serve 'tls://.': tls:// is known from CoreDNS but not offered: only dns:// is (UDP and TCP) [COREFILE_NOT_OFFERED]",
      ],
    ],
    [
      'an unknown transport, with the nearest',
      'dsn://. {\n}',
      [
        "Corefile:1:1: error: Unknown transport 'dsn' of 'dsn://.': did you mean 'dns'? [COREFILE_ZONE]",
      ],
    ],
    [
      'all that is wrong in one run',
      'a..b {\n cache {\n } x\n}\n}\n. {\n errors\n',
      [
        "Corefile:1:1: error: Cannot use 'a..b' as a zone: Cannot use an empty label in a name [COREFILE_ZONE]",
        "Corefile:3:4: error: Unexpected 'x' after '}': expected a new line [COREFILE_SYNTAX]",
        "Corefile:5:1: error: Unexpected '}' because no matching opening brace [COREFILE_SYNTAX]",
        "Corefile:6:3: error: Unclosed server block: expected '}' before the end of the file [COREFILE_SYNTAX]",
      ],
    ],
  ];
  test.for(refused)('%s', ([, text, expected]) => {
    expect(told(parse(text).problems)).toEqual(expected);
  });

  test('more problems than anybody reads, by stopping at 200', () => {
    const { problems } = parse('}\n'.repeat(1000));
    expect(problems.length).toBe(201);
    expect(told(problems).at(-1)).toBe(
      'Corefile:201:1: error: Stopped after 200 problems: fix these first, there are more [CONFIG_TOO_MANY_PROBLEMS]',
    );
  });

  test('networks that stand for more than 10,000 zones', () => {
    const { blocks, problems } = parse(`${'10.0.0.0/1, '.repeat(80_000)}a.org {\n}`);
    expect(told(problems)).toEqual([
      'Corefile:1:937: error: Too many zones in front of server blocks: expected at most 10000 [COREFILE_LIMIT]',
    ]);
    expect(blocks[0]?.keys.length).toBe(79 * 128);
  });
});
