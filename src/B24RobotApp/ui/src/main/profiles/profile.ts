export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** A rule of a profile. Members that the editor does not know stay as they are. */
export interface Rule {
  to?: string
  from?: string
  template?: string
  constant?: Json
  property?: string
  convert?: string
  noMatch?: string
  default?: Json
  onUpdate?: string
  when?: string
  [name: string]: Json | undefined
}

/** A profile's document. */
export interface Profile {
  name?: Record<string, string>
  rules?: Rule[]
  [name: string]: unknown
}

export type Origin = 'from' | 'template' | 'property' | 'constant'

export const Origins: Origin[] = ['from', 'template', 'property', 'constant']

export const originOf = (rule: Rule): Origin => Origins.find(one => one in rule) ?? 'from'

/** What a rule takes its value from, as a text. */
export const sourceOf = (rule: Rule): string => {
  const value = rule[originOf(rule)]
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

/** A rule with another source; everything else about it stays. */
export function withSource(rule: Rule, origin: Origin, text: string): Rule {
  const changed: Rule = { ...rule }
  for (const one of Origins) {
    delete changed[one]
  }

  changed[origin] = text
  return changed
}

/** A rule with one member set, or without it if it is empty. */
export function withMember(rule: Rule, name: string, value: string): Rule {
  const changed: Rule = { ...rule, [name]: value }
  if (value === '') {
    delete changed[name]
  }

  return changed
}

/** The document as it is saved: a rule a line, as in the files that come with the app. */
export function write(profile: Profile): string {
  const rules = (profile.rules ?? []).map(rule => `    ${JSON.stringify(rule)}`).join(',\n')
  const mark = '\u0000rules\u0000'
  const whole = JSON.stringify({ ...profile, rules: mark }, null, 2)
  return whole.replace(JSON.stringify(mark), () => (rules ? `[\n${rules}\n  ]` : '[]')) + '\n'
}

/** The document as the editor shows it; undefined if it has comments or is no JSON, and is edited as a text. */
export function read(text: string): Profile | undefined {
  try {
    const profile = JSON.parse(text) as unknown
    return typeof profile === 'object' && profile !== null && !Array.isArray(profile) ? (profile as Profile) : undefined
  } catch {
    return undefined
  }
}
