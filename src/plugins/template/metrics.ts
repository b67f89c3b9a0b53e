import type { PluginContext } from '../plugin.ts';
import type { TemplateData } from './data.ts';
import type { GoTemplate } from './go-template.ts';

/** CoreDNS's counters of templates, by what is asked. Rare types count as `other`. */
export class TemplateMetrics {
  readonly #metrics: PluginContext['metrics'];
  readonly #place: Pick<PluginContext, 'server' | 'view'>;

  constructor({ metrics, server, view }: Pick<PluginContext, 'metrics' | 'server' | 'view'>) {
    this.#metrics = metrics;
    this.#place = { server, view };
  }

  matched(data: TemplateData): void {
    this.#metrics.counter('coredns_template_matches_total', this.#labels(data)).add(1);
  }

  /** An action had no value. */
  templateFailed(data: TemplateData, section: string, { source }: GoTemplate): void {
    const labels = { ...this.#labels(data), section, template: source };
    this.#metrics.counter('coredns_template_template_failures_total', labels).add(1);
  }

  /** The text was no record. */
  recordFailed(data: TemplateData, section: string, { source }: GoTemplate): void {
    const labels = { ...this.#labels(data), section, template: source };
    this.#metrics.counter('coredns_template_rr_failures_total', labels).add(1);
  }

  #labels({ zone, class: className, type }: TemplateData) {
    return { ...this.#place, zone, class: className, type };
  }
}
