/** How a report can be had. */
export const FORMAT_NAMES = ['text', 'html', 'json', 'csv', 'junit'] as const
export type Format = (typeof FORMAT_NAMES)[number]
