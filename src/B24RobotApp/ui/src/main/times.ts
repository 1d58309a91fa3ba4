/** A time as people of the page's language write it. */
export const timeOf = (at: string): string => new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'medium' })
