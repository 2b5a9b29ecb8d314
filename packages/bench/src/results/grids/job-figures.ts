import type { NetworkFigures, Report } from '@spikefit/contracts';

/** What a cell keeps of a job's report. */
export interface JobFigures {
  readonly baseline: NetworkFigures;
  readonly compressed: NetworkFigures;
  readonly delta: Report['delta'];
  /** Share of the validation samples, in the last epoch; the network that is exported had at least as much, of its phase. */
  readonly validationAccuracy: number;
  /** Joules per image of the compressed network, by model; null where a model does not apply. */
  readonly energy: Readonly<Record<string, number | null>>;
  readonly distinctValuesPerGroup: number;
  readonly artifact: Report['artifact'];
  readonly toolchain: Report['toolchain'];
}

export const figuresOf = (report: Report): JobFigures => ({
  baseline: report.baseline,
  compressed: report.compressed,
  delta: report.delta,
  validationAccuracy: report.history.at(-1)?.validationAccuracy ?? 0,
  energy: Object.fromEntries(report.energy.map(({ model, compressed }) => [model, compressed])),
  distinctValuesPerGroup: report.quantization.distinctValuesPerGroup,
  artifact: report.artifact,
  toolchain: report.toolchain,
});
