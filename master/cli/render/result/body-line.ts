/** A line below a state: an action, the reason, output, or a difference. */
export interface BodyLine {
  readonly kind: 'action' | 'note' | 'output' | 'added' | 'removed' | 'context' | 'rest'
  /** Already safe. */
  readonly text: string
}
