import { EventEmitter } from 'node:events';
import type { Progress } from '../../../src/control/thread/progress.ts';
import type {
  ControlSettings,
  FromControl,
  ToControl,
} from '../../../src/control/thread/protocol.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { packName } from '../../../src/zone/packed-name.ts';

/** A control thread that says what the test makes it say. */
export class FakeThread extends EventEmitter {
  readonly settings: ControlSettings;
  readonly progress: Progress;
  readonly received: ToControl[] = [];
  isTerminated = false;
  /** Whether it does as it is told when it is to stop. */
  obeys = true;
  /** What it answers when the thread that takes its place asks. */
  remembered = 'null';

  constructor(settings: ControlSettings, progress: Progress) {
    super();
    this.settings = settings;
    this.progress = progress;
  }

  postMessage(message: ToControl): void {
    this.received.push(message);
    if (message.kind === 'stop' && this.obeys) queueMicrotask(() => this.says({ kind: 'stopped' }));
    if (message.kind !== 'remembered') return;
    queueMicrotask(() => this.says({ kind: 'memory', id: message.id, text: this.remembered }));
  }

  async terminate(): Promise<number> {
    this.isTerminated = true;
    this.emit('exit', 1);
    return 1;
  }

  says(message: FromControl): void {
    this.emit('message', message);
  }

  publishes(...names: string[]): void {
    const change = {
      keys: names.map(keyFromText),
      names: names.map(() => packName(0, [])),
      gone: [],
    };
    this.says({ kind: 'change', change, serial: 7 });
  }

  publishesPods(namespace: string, ...addresses: string[]): void {
    const pods = { owned: [{ namespace, addresses }], gone: [] };
    this.says({ kind: 'change', change: { keys: [], names: [], gone: [], pods }, serial: 7 });
  }

  hasLoaded(): void {
    this.says({ kind: 'loaded', summary: SUMMARY, held: { services: 1, objects: 2 } });
  }
}

export const SUMMARY = {
  files: 1,
  namespaces: [],
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
} as const;
