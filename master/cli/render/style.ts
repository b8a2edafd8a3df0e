import { createColors } from 'picocolors'

export { safe } from '../../../protocol/safe-text.ts'

/** How text may look where it goes. */
export interface Style {
  readonly colours: ReturnType<typeof createColors>
  /** Columns of the terminal. */
  readonly width: number
}

export function createStyle(colour: boolean, width: number): Style {
  return { colours: createColors(colour), width }
}

/** No colour, for files and pipes. */
export const PLAIN: Style = createStyle(false, 100)

/** Cut to that many columns, with an ellipsis. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`
}
