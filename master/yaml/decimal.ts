/**
 * Where a number is wanted: text such as `2.50` or `60.0` as the number that it is. YAML numbers whose text a number would not give
 * back stay text (`numberOrText` of parse.ts), and zeros behind the point change nothing here. Everything else as it is. Pure.
 */
export function decimalOf<Value>(value: Value): Value | number {
  return typeof value === 'string' && /^(?:0|[1-9]\d*)\.\d+$/.test(value) ? Number(value) : value
}
