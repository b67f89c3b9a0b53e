import { describe, expect, test } from 'vitest';
import { type Command, UsageError } from '../../src/cli/command.ts';
import { type CommandEntry, run } from '../../src/cli/run.ts';
import { TestIo } from './test-io.ts';

const COMMANDS = [
  'serve',
  'check',
  'query',
  'explain',
  'records',
  'verify',
  'diff',
  'get',
  'top',
  'health',
  'compose',
  'doctor',
];

/** A command that tells which arguments it was run with. */
function spy(name: string): CommandEntry & { calls: (readonly string[])[] } {
  const calls: (readonly string[])[] = [];
  const run = async (args: readonly string[]) => {
    calls.push(args);
    return 7;
  };
  const command: Command = { name, help: `help of ${name}\n`, run };
  return { name, summary: `does ${name}`, load: async () => command, calls };
}

describe('run() chooses', () => {
  test.for([
    ['', 'serve', []],
    ['serve', 'serve', []],
    ['serve -q', 'serve', ['-q']],
    ['--manifests k8s', 'serve', ['--manifests', 'k8s']],
    ['-conf /etc/coredns/Corefile', 'serve', ['-conf', '/etc/coredns/Corefile']],
    ['-plugins', 'serve', ['-plugins']],
    ['check k8s', 'check', ['k8s']],
    ['check -- --help', 'check', ['--', '--help']],
  ] as const)('of "svcdns %s" the command %s', async ([line, name, args]) => {
    const commands = [spy('serve'), spy('check')];
    const code = await run(line.split(' ').filter(Boolean), new TestIo(), commands);
    expect(code).toBe(7);
    expect(commands.map((command) => [command.name, command.calls])).toEqual(
      ['serve', 'check'].map((each) => [each, each === name ? [args] : []]),
    );
  });

  test.for([
    ['--help', 'Commands:'],
    ['-h', 'Commands:'],
    ['-help', 'Commands:'],
    ['help', 'Commands:'],
    ['help check', 'help of check'],
    ['check --help', 'help of check'],
    ['check k8s -h', 'help of check'],
    ['--manifests k8s --help', 'help of serve'],
  ] as const)('of "svcdns %s" help', async ([line, shown]) => {
    const commands = [spy('serve'), spy('check')];
    const io = new TestIo();
    expect(await run(line.split(' '), io, commands)).toBe(0);
    expect(io.out).toContain(shown);
    expect(commands.flatMap((command) => command.calls)).toEqual([]);
  });

  test.for(['--version', '-version'])('of "svcdns %s" the version', async (option) => {
    const { code, stdout } = await new TestIo().outcome(option);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^svcdns \d+\.\d+\.\d+\n$/);
  });

  test.for([
    ['chek k8s', "svcdns: Unknown command 'chek': did you mean 'check'?"],
    ['zone', `svcdns: Unknown command 'zone': expected ${COMMANDS.join(', ')}`],
    ['zones', "svcdns: Unknown command 'zones': a folder of manifests goes behind --manifests"],
    ['version', "svcdns: Unknown command 'version': did you mean '--version'?"],
    ['help chek', "svcdns: Unknown command 'chek': did you mean 'check'?"],
  ] as const)('nothing of "svcdns %s", with exit code 2', async ([line, message]) => {
    const { code, stdout, stderr } = await new TestIo().outcome(line);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain('See svcdns --help');
  });
});

test('run() shows an unknown command without what a terminal would obey', async () => {
  const { stderr } = await new TestIo().outcome('\u001b[2J');
  expect(stderr).toContain("Unknown command '\\u001b[2J': expected serve");
});

describe('run() never rejects', () => {
  const failing = (error: unknown): CommandEntry => ({
    ...spy('serve'),
    load: async () => ({ name: 'serve', help: '', run: () => Promise.reject(error) }),
  });

  test('a UsageError is one line and where to read on, with exit code 2', async () => {
    const io = new TestIo();
    expect(await run([], io, [failing(new UsageError('Expected a name'))])).toBe(2);
    expect(io.err).toBe('svcdns serve: Expected a name\nSee svcdns serve --help\n');
  });

  test('any other error is its stack, with exit code 1', async () => {
    const io = new TestIo();
    expect(await run([], io, [failing(new TypeError('oops'))])).toBe(1);
    expect(io.err).toMatch(/^svcdns serve: TypeError: oops\n {4}at /);
  });

  test('nor does a command that cannot be loaded', async () => {
    const io = new TestIo();
    const broken = { ...spy('serve'), load: () => Promise.reject(new Error('no such file')) };
    expect(await run([], io, [broken])).toBe(1);
    expect(io.err).toMatch(/^svcdns serve: Error: no such file\n {4}at /);
  });
});

test.for([
  ['serve', true],
  ['check', false],
] as const)('run() keeps the heap small for serve alone: %s', async ([name, isSmall]) => {
  const io = new TestIo();
  await io.outcome(`${name} --help`);
  expect(io.keepsHeapSmall).toBe(isSmall);
});

describe('the help', () => {
  test('of the program names every command and variable', async () => {
    const { stdout } = await new TestIo().outcome('--help');
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} +[a-z]`, 'm'));
    expect(stdout).toContain('SVCDNS_MANIFESTS');
    expect(stdout).toContain('Examples:\n  svcdns ');
  });

  test.for(COMMANDS)(
    'of %s has usage, options, exit codes and examples, in 100 columns',
    async (name) => {
      const { code, stdout } = await new TestIo().outcome(`${name} --help`);
      expect(code).toBe(0);
      for (const part of [`Usage: svcdns ${name}`, 'Options:', 'Exit codes: 0', 'Examples:']) {
        expect(stdout).toContain(part);
      }
      expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
      expect(stdout.endsWith('\n')).toBe(true);
    },
  );
});

describe('wrong usage is exit code 2 and a line on stderr', () => {
  test.for([
    ['serve zones', "Unexpected 'zones': a folder of manifests goes behind --manifests"],
    ['-manifests zones', "Unknown option '-manifests': did you mean '--manifests'?"],
    ['serve --manifets zones', "Unknown option '--manifets': did you mean '--manifests'?"],
    ['serve --zone a --zone', "Option '--zone' needs an argument"],
    [
      'serve --zone a --zone -x',
      "Option '--zone' needs an argument: write --zone=-x if '-x' is it",
    ],
    ['serve --ttl -1', "Option '--ttl' needs an argument: write --ttl=-1 if '-1' is it"],
    ['-p -1', "Option '-p' needs an argument: write -p=-1 if '-1' is it"],
    ['serve --conf', "Option '--conf' needs an argument"],
    ['serve --config', "Option '--config' needs an argument"],
    ['-p=-1', "Cannot use '-1' as a port"],
    ['-p=', "Option '-p' needs an argument: found an empty one"],
    ['serve --manifests=', "Option '--manifests' needs an argument: found an empty one"],
    ['check --disable=', "Option '--disable' needs an argument: found an empty one"],
    ['compose init --image=', "Option '--image' needs an argument: found an empty one"],
    ['query a -t AAAA', "Unknown option '-t': expected the type behind the name, as in NAME AAAA"],
    ['query a -p 53', "Unknown option '-p': expected the port behind the server, as in @127"],
    ['health --port=53', "Unknown option '--port': expected the port behind the server"],
    ['health --server ::1', "Unknown option '--server': expected the server as @SERVER"],
    ['records --manifests k8s', 'as in svcdns check k8s or svcdns records k8s'],
    ['query -x', "Option '-x' needs an argument"],
    ['serve -q=yes', 'Unknown option'],
    ['serve --listen abc', '--listen: error: Cannot listen on "abc"'],
    ['serve --config nowhere', '--config: error: Cannot read'],
    ['serve -dns.port 99999', "Cannot use '99999' as a port"],
    ['check nowhere', "Cannot read 'nowhere': there is no such file or folder"],
    ['check --config nowhere', "Cannot read 'nowhere': there is no such file or folder"],
    ['check --format xml', "Cannot use 'xml' for --format: expected text, json, sarif"],
    ['check --format jsn', "Cannot use 'jsn' for --format: did you mean 'json'?"],
    ['query', 'Expected the name to ask for'],
    ['query a A b', "Unexpected 'b'"],
    ['query a AAAAA', "Unknown type 'AAAAA': did you mean 'AAAA'?"],
    ['query a TYPE65536', "Unknown type 'TYPE65536'"],
    ['query a +short', "Unexpected '+short': did you mean '--short'?"],
    ['query +norecurse a', "Unexpected '+norecurse': options begin with --"],
    ['query a..b', "Cannot ask for 'a..b': Cannot use an empty label in a name"],
    ['query b\\.c', 'escapes are not understood'],
    ['query bücher.example', 'in punycode'],
    [`query ${'a'.repeat(64)}`, 'a label of 64 bytes'],
    ['query a @127.0.0.1:0', "Cannot ask the server '127.0.0.1:0'"],
    ['query a @1.2.3', "Cannot ask the server '1.2.3'"],
    ['query a @::1 @127.0.0.1', 'Cannot ask two servers'],
    ['query a --context x', 'Cannot use --context without --kubeconfig or --kube'],
    ['query a --timeout 0', "Cannot use '0' for --timeout: expected a whole number, 1 to 600000"],
    ['query a --timeout 1e3', "Cannot use '1e3' for --timeout"],
    ['query -x abc', "Cannot use 'abc' for -x: expected an IP address"],
    ['query -x 10.0.0.1 PTR more', "Unexpected 'more' beside -x"],
    ['explain -x abc', "Cannot use 'abc' for -x: expected an IP address"],
    ['explain -x 10.0.0.1 web', "Unexpected 'web' beside -x"],
    ['records --zone com', "Unknown zone 'com': expected one of cluster.local, in-addr.arpa"],
    ['records --zone cluster.locl', "did you mean 'cluster.local'?"],
    ['records Corefile', 'a Corefile goes behind --config'],
    ['records --format sarif', "Cannot use 'sarif' for --format"],
    ['health nowhere', "Unexpected 'nowhere': expected @SERVER[:PORT]"],
    ['health --config nowhere', '--config: error: Cannot read'],
  ] as const)('svcdns %s', async ([line, message]) => {
    const { code, stdout, stderr } = await new TestIo().outcome(line);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test.for(COMMANDS)('svcdns %s of an empty text', async (name) => {
    const io = new TestIo();
    expect(await run([name, ''], io)).toBe(2);
    expect(io.err).toBe(
      `svcdns ${name}: Found an empty argument, '', as of a variable that is not set\nSee svcdns ${name} --help\n`,
    );
  });
});
