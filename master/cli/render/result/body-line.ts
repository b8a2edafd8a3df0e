/** A line below a state: what was done, why, what it wrote, what became different. */
export interface BodyLine {
  readonly kind: 'action' | 'note' | 'output' | 'added' | 'removed' | 'context' | 'rest'
  /** Safe. */
  readonly text: string
}
