/** Formats of a report. */
export const FORMAT_NAMES = ['text', 'html', 'json', 'csv', 'junit'] as const
export type Format = (typeof FORMAT_NAMES)[number]
