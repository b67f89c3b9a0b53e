import type { AdminAnswer } from '../admin/http-server.ts';
import { jsonAnswer } from '../admin/http-server.ts';
import { type ExplainedServer, explain } from '../explain/engine.ts';
import { readRequest } from '../explain/request.ts';

/** Explanations under way; each asks up to four questions, and the control thread about each. */
export const MAX_RUNNING = 4;

const PARAMETERS = ['name', 'type', 'from'];

/**
 * Answers `/api/explain?name=…&type=…&from=…` of the admin server: why a name has its answer, as
 * JSON (`Explanation`).
 */
export class ExplainPage {
  readonly #server: () => ExplainedServer;
  #running = 0;

  /** `server` is the one that answers now. */
  constructor(server: () => ExplainedServer) {
    this.#server = server;
  }

  async answer(query: URLSearchParams): Promise<AdminAnswer> {
    const unknown = [...query.keys()].find((key) => !PARAMETERS.includes(key));
    if (unknown !== undefined) return wrong(`Unknown parameter: expected ${PARAMETERS.join(', ')}`);
    const name = query.get('name');
    if (name === null || name === '') return wrong('Expected a name: /api/explain?name=web.shop');
    const request = readRequest({
      name,
      type: query.get('type') ?? undefined,
      from: query.get('from') ?? undefined,
    });
    if ('fault' in request) return wrong(request.fault);
    if (this.#running >= MAX_RUNNING) return BUSY;
    this.#running++;
    try {
      return json(200, await explain(request, this.#server()));
    } finally {
      this.#running--;
    }
  }
}

function wrong(error: string): AdminAnswer {
  return json(400, { error });
}

function json(status: number, value: object): AdminAnswer {
  return jsonAnswer(JSON.stringify(value), status);
}

const BUSY: AdminAnswer = { status: 503, body: 'Busy with other explanations: try again\n' };
