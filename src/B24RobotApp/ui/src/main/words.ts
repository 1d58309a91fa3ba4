/** A value of a portal as people read it. */
export const wordsOf = (value: unknown): string =>
  value === null || value === undefined || value === '' ? '—'
  : Array.isArray(value) ? (value.length > 0 ? value.map(wordsOf).join(', ') : '—')
  : typeof value === 'object' ? JSON.stringify(value)
  : String(value)
