import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Outcome,
  residentMib,
  type World,
} from '../../../../src/sources/folder/render/child.ts';
import { systemTools, type Tools } from '../../../../src/sources/folder/render/tools.ts';
import { systemClock } from '../../../../src/support/clock.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { fakeTools, hangingTool, pidIn } from '../../../helpers/fake-tools.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

const SOURCE = { kind: 'kustomize', folder: '/k8s/dev' } as const;
const CHART = {
  kind: 'helm',
  chart: '/web',
  values: ['/a.yaml', '/b,"c'],
  release: 'r',
  namespace: 'n',
} as const;

/** Prints what it was started with. */
const TELLS =
  'const { env, argv } = process; console.log(JSON.stringify({ env, args: argv.slice(2) }))';

function toolsWith(scripts: Readonly<Record<string, string>>, own: Partial<World> = {}): Tools {
  const world = { clock: systemClock, memoryMib: residentMib, ...own };
  const PATH = `relative:${folder.at('none')}:${fakeTools(folder, scripts)}`;
  return systemTools({ PATH, HOME: '/home/me', SECRET: 'x', HTTPS_PROXY: 'http://proxy' }, world);
}

function start(tools: Tools, source: typeof SOURCE | typeof CHART = SOURCE) {
  const tool = tools.find(source.kind);
  if (tool === undefined) throw new Error('No tool');
  return tools.render(source, tool);
}

const textOf = (outcome: Outcome) =>
  outcome.is === 'rendered' ? new TextDecoder().decode(outcome.bytes) : outcome.why;

describe('systemTools() starts', () => {
  test.for([
    ['kustomize', SOURCE, ['build', '/k8s/dev']],
    ['kubectl', SOURCE, ['kustomize', '/k8s/dev']],
    [
      'helm',
      CHART,
      'template r /web --namespace n --skip-tests --values /a.yaml --values "/b,""c"'.split(' '),
    ],
  ] as const)('%s, in a bare environment', async ([name, source, args]) => {
    const told = JSON.parse(textOf(await start(toolsWith({ [name]: TELLS }), source).outcome));
    expect(told.args).toEqual(args);
    expect(told.env).toMatchObject({ HOME: '/home/me', GIT_ALLOW_PROTOCOL: 'file' });
    expect(told.env.HTTPS_PROXY).toBe('http://127.0.0.1:9');
    expect(told.env).not.toHaveProperty('SECRET');
  });

  test('kustomize rather than kubectl, and none that is not there', () => {
    const both = { kubectl: TELLS, kustomize: TELLS };
    expect(toolsWith(both).find('kustomize')?.name).toBe('kustomize');
    expect(toolsWith(both).find('helm')).toBeUndefined();
    expect(systemTools({}).find('helm')).toBeUndefined();
  });
});

describe('a program', () => {
  test('that succeeds is told with what it said', async () => {
    const script = 'console.error("Warning:\\n  old"); console.log("a: b")';
    const outcome = await start(toolsWith({ kustomize: script })).outcome;
    expect(outcome).toMatchObject({ is: 'rendered', notes: 'Warning: old' });
    expect(textOf(outcome)).toBe('a: b\n');
  });

  test.for([
    [
      'console.error("Error: no\\n\\n such\\u001b[1m base"); process.exit(1)',
      'Error: no such\u001b[1m base',
    ],
    ['process.exit(3)', 'it ended with code 3'],
    ['process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)', 'it ended with SIGTERM'],
    ['console.error("x".repeat(1e6)); process.exitCode = 1', `${'x'.repeat(2000)}…`],
  ] as const)('that fails, %s, is told in its own words', async ([script, why]) => {
    expect(await start(toolsWith({ kustomize: script })).outcome).toEqual({ is: 'failed', why });
  });

  test('that cannot be started has failed', async () => {
    const tools = toolsWith({});
    folder.write('bin/kustomize', '#!/nonexistent/interpreter\n');
    const tool = { name: 'kustomize', file: folder.at('bin/kustomize') } as const;
    expect(await tools.render(SOURCE, tool).outcome).toEqual({
      is: 'failed',
      why: expect.stringMatching(/^spawn .* EACCES$/),
    });
  });

  test('that prints without an end is killed', async () => {
    const script = 'const p = "x".repeat(1e6); (function f() { process.stdout.write(p, f) })()';
    expect(await start(toolsWith({ kustomize: script })).outcome).toEqual({
      is: 'failed',
      why: 'it printed over 67108864 bytes',
    });
  });

  test('that takes too long is killed, with the pipes of what it has started', async () => {
    const clock = new FakeClock();
    const running = start(toolsWith({ kustomize: hangingTool(folder.at('pid')) }, { clock }));
    const pid = await pidIn(folder.at('pid'));
    clock.advance(59_999);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    clock.advance(1);
    expect(await running.outcome).toEqual({ is: 'failed', why: 'it took over 60 s' });
    await eventually(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
  });

  test('that fills the memory is killed', async () => {
    const asked: unknown[] = [];
    const memoryMib = (pid: number | undefined) => {
      asked.push(pid);
      return asked.length < 3 ? 1024 : 1025;
    };
    const running = start(toolsWith({ kustomize: hangingTool(folder.at('pid')) }, { memoryMib }));
    const why = 'it used over 1024 MiB of memory';
    expect(await running.outcome).toEqual({ is: 'failed', why });
    expect(new Set(asked)).toEqual(new Set([expect.any(Number)]));
    expect(residentMib(process.pid)).toBeGreaterThan(10);
    expect(residentMib(undefined)).toBe(0);
  });

  test('is gone when it is not wanted any more, and known as long as it runs', async () => {
    const known: number[] = [];
    const onChild = (pid: number) => void known.push(pid);
    const running = start(toolsWith({ kustomize: hangingTool(folder.at('pid')) }, { onChild }));
    const pid = await pidIn(folder.at('pid'));
    expect(known).toEqual([pid]);
    running.kill();
    expect(await running.outcome).toEqual({ is: 'failed', why: 'it was ended' });
    expect(known).toEqual([pid, 0]);
  });
});
