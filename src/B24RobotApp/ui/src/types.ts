/** Shapes of the API's answers: see /api/openapi.json. */
export interface Me {
  portal: string
  userId: number
  isAdministrator: boolean
  language: string
  isConnected: boolean
  hasCredentials: boolean
  connections: number
  version: string
}

export type TransferState = 'unverified' | 'queued' | 'running' | 'parked' | 'done' | 'failed'

export interface TransferRow {
  id: string
  sequence: number
  kind: string
  itemId: number
  itemUrl: string
  title: string | null
  connection: string
  state: TransferState
  attempt: number
  receivedAt: string
  dueAt: string | null
  finishedAt: string | null
  status: string | null
  esbId: number | null
  esbUrl: string | null
  errorCode: string | null
  errorMessage: string | null
}

export interface TransferPage {
  rows: TransferRow[]
  before: number | null
}

export interface Attempt {
  number: number
  startedAt: string
  endedAt: string
  step: string
  failure: string | null
  errorCode: string | null
  errorMessage: string | null
}

export interface Story {
  transfer: TransferRow
  profile: string | null
  calledAt: string
  giveUpAt: string
  answeredAt: string | null
  productsSent: number | null
  filesSent: number | null
  properties: Record<string, string[]> | null
  answer: Record<string, string | number> | null
  attempts: Attempt[]
  trail: Trail | null
  writeBacks: WriteBack[] | null
  waits: WaitRow[]
}

/** A change on the ESB and what it did at the source. */
export interface WriteBack {
  at: string
  fields: { from: string; to: string; esb: unknown; before: unknown; after: unknown; result: 'written' | 'same' | 'kept' | 'noCounterpart' | 'refused' }[]
  problem: string | null
}

/** What was read of a deal and sent to the ESB. */
export interface Trail {
  fields: { field: string; label: string; rule: string; read: unknown; sent: unknown }[]
  rows: Record<string, unknown>[] | null
}

export interface Summary {
  counts: Partial<Record<TransferState, number>>
  days: { day: string; arrived: number; failed: number }[]
  latest: number
  outages: { esb: string; since: string; description: string }[]
  pauses: { esb: string; since: string }[]
  openWaits: number
}

export interface Cause {
  code: string
  connection: string
  profile: string
  count: number
  lastAt: string | null
  example: string
}

export interface DealView {
  title: string
  maySend: boolean
  standing: { connection: string; esb: string; id: number; url: string; stage: string | null }[]
  transfers: TransferRow[]
  waits: WaitRow[]
}

export interface Option {
  value: string
  text: string
}

export interface RobotProperty {
  id: string
  name: string
  description: string
  type: 'string' | 'text' | 'bool' | 'select' | 'user'
  isMultiple: boolean
  isRequired: boolean
  default: string
  options: Option[]
}

export interface Pipeline {
  id: number
  name: string
  stages: Option[]
}

export interface Connection {
  code: string
  name: string
  esb: string
  webhooks: number
  webhookUsers: number[]
  profile: string
  createMissingFields: boolean
  isOwn: boolean
  pausedAt: string | null
  hasOutgoingWebhook: boolean
  eventsPath: string
}

/** A workflow that waits for what becomes of a deal on the ESB. */
export interface WaitRow {
  id: string
  since: string
  itemId: number
  connection: string
  until: 'won' | 'lost' | 'closed' | 'stageChanged' | 'amountChanged' | 'stage'
  stage: string
  esbId: number | null
  esbStage: string | null
  timesOutAt: string | null
  outcome: 'reached' | 'gone' | 'failed' | 'timedOut' | 'left' | null
  outcomeStage: string | null
  errorMessage: string | null
  answeredAt: string | null
}

export interface Waits {
  open: number
  waits: WaitRow[]
}

export interface Checked {
  connection: Connection | null
  lines: CheckLine[]
}

/** One thing that was checked. */
export interface CheckLine {
  status: 'good' | 'note' | 'bad'
  text: string
}

/** How far a portal is from the first deal. */
export interface Setup {
  checks: CheckLine[]
  hasCredentials: boolean
  connections: Connection[]
  test: TestDeal | null
}

/** A deal that was sent to try a connection. */
export interface TestDeal {
  transfer: string
  state: TransferState
  esbId: number | null
  esbUrl: string | null
  problem: string | null
  isThere: boolean | null
  pausedAt: string | null
}

/** A field of deals on one portal. */
export interface CrmField {
  name: string
  label: string
  type: string
  isRequired: boolean
  isMultiple: boolean
  isReadOnly: boolean
}

export interface Side {
  fields: CrmField[]
  /** The values that tables may name, by the table's kind. */
  values: Record<string, Option[]>
}

/** What a profile may name on both sides. */
export interface Sides {
  source: Side
  esb: Side
}

export interface ProfileRow {
  code: string
  version: number
  name: Record<string, string>
  rules: number
  isOwn: boolean
  problem: string | null
}

/** Something about a profile that a person should look at. */
export interface Finding {
  severity: 'error' | 'warning'
  code: string
  /** Where in the document: `$.rules[3].to`. */
  path: string
  message: string
}

/** What a transfer of one deal would do now. */
export interface DryRun {
  outcome: 'create' | 'update' | 'skip' | 'nothing' | 'fail'
  problems: { code: string; message: string }[]
  fields: { field: string; label: string; rule: string; source: unknown; sent: unknown; before: unknown; after: unknown }[]
  rows: Record<string, unknown>[] | null
  client: { kind: string; sourceId: number; name: string; esbId: number | null }[]
}

/** A profile as the app suggests it. */
export interface Suggestion {
  fields: { from: string; fromLabel: string; to: string; toLabel: string; reasons: { text: string }[] }[]
  tables: unknown[]
  unmatched: { name: string; label: string }[]
  document: string
}

export type CatchUpMode = 'ask' | 'send'

export interface MissedItem {
  key: string
  itemId: number
  itemUrl: string
  title: string
  stage: string
  enteredAt: string
  verdict: 'likely' | 'doubtful' | 'unlikely'
  for: string[]
  against: string[]
}

export interface StuckWorkflow {
  id: string
  itemId: number
  itemUrl: string
  title: string
  waysOut: string
}

export interface CatchUp {
  mode: CatchUpMode
  candidates: MissedItem[]
  workflows: StuckWorkflow[]
}

export interface Audit {
  connection: string
  name: string
  isWanted: boolean
  problem: string | null
  finishedAt: string | null
  linked: number
  onEsb: number
  counts: Record<string, number>
  findings: { kind: string; item: string; sourceId: number; esbDealId: number; text: string }[]
}

export interface SendingFilter {
  pipeline: number | null
  stages: string[]
  createdFrom: string | null
  createdBefore: string | null
}

export interface SendingPreview {
  total: number
  first: { id: number; title: string; stageId: string; amount: number | null; currency: string; esbDealId: number | null }[]
}

export interface Sending {
  id: number
  connection: string
  state: 'running' | 'done' | 'cancelled' | 'failed'
  total: number
  arrived: number
  failed: number
  problem: string | null
  startedAt: string
}

export interface Load {
  name: string
  host: string
  isShared: boolean
  pausedAt: string | null
  outage: { since: string; description: string } | null
  requests: { free: number; most: number; perSecond: number }
  waiting: number | null
  methods: { webhook: number | null; name: string; seconds: number | null; limit: number; pausedUntil: string | null }[]
}

export interface Health {
  at: string
  access: { state: 'lasting' | 'brief' | 'withoutKeys' | 'ended' | 'disconnected'; until: string | null; hasKeys: boolean; reason: string | null }
  queue: { waiting: number; running: number; parked: number; oldestAt: string | null; failed: number }
  robot: { at: string; isRegistered: boolean; problem: string | null } | null
  portal: Load
  esbs: Load[]
}

export interface ProfileRow {
  code: string
  version: number
  name: Record<string, string>
  rules: number
  isOwn: boolean
  problem: string | null
}
