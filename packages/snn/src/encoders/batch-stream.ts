/** Names the random draws of one batch: nothing is drawn from a state that a resume would have to save. */
export interface BatchStream {
  readonly seed: number;
  readonly epoch: number;
  readonly batch: number;
}
