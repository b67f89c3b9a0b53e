import { Controllers } from '../../../src/controllers/controllers.ts';
import { parseCorefile } from '../../../src/corefile/parse.ts';
import { ProblemList } from '../../../src/corefile/problems.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { plugin as declared } from '../../../src/plugins/k8s_external/index.ts';
import { readExternal } from '../../../src/plugins/k8s_external/options.ts';
import type { Next, Plugin } from '../../../src/plugins/plugin.ts';
import { linkChain } from '../../../src/plugins/reply.ts';
import { type NameChanges, NameCompiler } from '../../../src/zone/compiler.ts';
import { ExternalRule } from '../../../src/zone/external.ts';
import { ExtraNames } from '../../../src/zone/extra-names.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { viewChanges } from '../../controllers/view-changes.ts';
import { memoryFiles } from '../../corefile/memory-files.ts';
import { blockOptions } from '../../helpers/block-options.ts';
import { asChange } from '../../helpers/in-process.ts';
import { question, replyLines, setUp, testContext } from '../../helpers/plugin-harness.ts';
import { Manifests } from '../../registry/load-text.ts';

export interface WorldOptions {
  /** The directive as a Corefile writes it. */
  readonly directive?: string;
  /** Lines of the `kubernetes` block. */
  readonly kubernetes?: readonly string[];
  /** The addresses that the server listens on. */
  readonly addresses?: readonly string[];
  /** The whole server, for names of others. */
  readonly resolve?: Next;
}

/** Manifests, the controllers, and the names of `k8s_external` that they come to. */
export class ExternalWorld {
  readonly live: LiveZone;
  readonly plugin: Plugin;
  readonly #manifests = new Manifests();
  readonly #controllers: Controllers;
  readonly #compiler: NameCompiler;
  readonly #addresses: readonly string[];

  constructor(options: WorldOptions = {}) {
    const { directive = 'k8s_external example.org', kubernetes = [], addresses = [] } = options;
    const { options: external, fallthrough } = optionsOf(directive);
    const zone = { ...blockOptions(['cluster.local'], kubernetes), external };
    this.#controllers = new Controllers(zone);
    this.#compiler = new NameCompiler(new ExternalRule(zone, external));
    this.#addresses = addresses;
    this.live = new LiveZone(zone);
    const names = new ExtraNames(this.live, 'external', external);
    const { resolve = linkChain([]) } = options;
    const made = setUp(
      declared.setup,
      directive,
      testContext({ resolve, extra: () => ({ names, fallthrough }) }),
    );
    if (made.plugin === undefined) throw new Error(made.problems.join('\n'));
    this.plugin = made.plugin;
  }

  /** Replaces a file, publishes what changes, and returns it. */
  put(file: string, text: string): NameChanges {
    const { registry } = this.#manifests;
    const deltas = this.#manifests.deltas([[file, text]]);
    const changes = this.#compiler.update({
      ...viewChanges(this.#controllers, registry, deltas),
      serverAddresses: this.#addresses,
    });
    this.live.apply(asChange(changes), 7);
    this.live.isSynced = true;
    return changes;
  }

  /** The reply to `NAME TYPE`, a record a line. */
  async ask(text: string): Promise<string[]> {
    return replyLines(await linkChain([this.plugin])(question(text)));
  }
}

function optionsOf(directive: string) {
  const context = { files: memoryFiles({}), env: {}, cwd: '/etc' };
  const { blocks } = parseCorefile(`. {\n${directive}\n}\n`, 'Corefile', context);
  const problems = new ProblemList();
  const read = readExternal(blocks[0]?.directives ?? [], [''], problems);
  if (read === undefined) throw new Error(problems.all.map(problemText).join('\n'));
  return read;
}

/** A Service with what it has outside. */
export function outsideService(ref: string, spec: string, points = ''): string {
  const [namespace, name] = ref.split('/');
  return `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ${spec} }
${points === '' ? '' : `status: { loadBalancer: { ingress: [${points}] } }`}
`;
}
