import type { AdminAnswer, AdminStream } from '../../admin/http-server.ts';
import { jsonAnswer } from '../../admin/http-server.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Configuration } from '../configuration.ts';
import { distinctSets } from '../object-pages.ts';
import type { Feed } from './feed.ts';
import { namesAnswer, serviceAnswer } from './names-answer.ts';
import { pageFile } from './page-file.ts';
import { statusOf } from './status.ts';

export interface PageOptions {
  /** The one in service. */
  readonly current: () => Configuration;
  readonly metrics: Metrics;
  readonly feed: Feed;
}

/** The page of the admin server, and what it asks for. It only reads. */
export class AdminPage {
  readonly #options: PageOptions;
  #file: Promise<AdminAnswer> | undefined;

  constructor(options: PageOptions) {
    this.#options = options;
  }

  /** Undefined for a path of others. */
  answer(path: string, query: URLSearchParams): Promise<AdminAnswer | AdminStream> | undefined {
    switch (path) {
      case '/':
        this.#file ??= pageFile();
        return this.#file;
      case '/api/status':
        return this.#status();
      case '/api/names':
        return namesAnswer(query, this.#sets());
      case '/api/service':
        return serviceAnswer(query, this.#sets());
      case '/api/events':
        return Promise.resolve(this.#options.feed.answer(query));
      default:
        return undefined;
    }
  }

  async #status(): Promise<AdminAnswer> {
    const { current, metrics } = this.#options;
    const status = statusOf(current(), metrics);
    return jsonAnswer(JSON.stringify(status));
  }

  #sets() {
    return distinctSets(this.#options.current().names.sets.values());
  }
}
