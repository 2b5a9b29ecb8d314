export { cellCount, indicesOfCell, requestOfCell, valuesOfCell } from './grid/cells.ts';
export { pointerInSweep, pointerOf } from './grid/pointers.ts';
export { readAxes } from './grid/read-axes.ts';
export { sweepPlot } from './plot/sweep-plot.ts';
export { resultsCsv, type SweepTable } from './results/csv.ts';
export { figuresOf } from './results/figures.ts';
export { type CellResult, tabulate } from './results/tabulate.ts';
