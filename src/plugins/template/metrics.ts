import { CATALOGUE } from '../../observe/catalogue.ts';
import { counter, type MetricTable, perView } from '../../observe/metric-spec.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { PluginContext } from '../plugin.ts';
import type { TemplateData } from './data.ts';
import type { GoTemplate } from './go-template.ts';

/** What `template` counts. */
export const TEMPLATE_METRICS = {
  coredns_template_matches_total: counter('Queries answered from a template.', perTemplate()),
  coredns_template_template_failures_total: counter('Templates that had no value for a query.', {
    ...perTemplate(),
    section: ['answer', 'authority', 'additional'],
    template: 'configured',
  }),
  coredns_template_rr_failures_total: counter('Templates whose text was no record.', {
    ...perTemplate(),
    section: ['answer', 'authority', 'additional'],
    template: 'configured',
  }),
} as const satisfies MetricTable;

/** CoreDNS's counters of templates, by what is asked. Rare types count as `other`. */
export class TemplateMetrics {
  readonly #metrics: Metrics<typeof TEMPLATE_METRICS>;
  readonly #place: Pick<PluginContext, 'server' | 'view'>;

  constructor({ metrics, server, view }: Pick<PluginContext, 'metrics' | 'server' | 'view'>) {
    this.#metrics = metrics.of(TEMPLATE_METRICS);
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

/** Labels of whatever `template` counts. */
function perTemplate() {
  return {
    ...perView(),
    class: ['IN', 'CH', 'HS', 'ANY', 'other'],
    type: CATALOGUE.coredns_dns_requests_total.labels.type,
  } as const;
}
