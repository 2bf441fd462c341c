// The listener methods of Worker and MessagePort: known events have typed arguments, any other name is allowed, as in Node.

/** A map of events: the name of each, and the arguments of its listeners. */
export type EventArguments<Events> = Record<keyof Events, any[]>

/** Editors complete the known names. */
export type EventName<Events> = keyof Events | (string & {}) | symbol

export type Listener<Events extends EventArguments<Events>, Name> =
  Name extends keyof Events ? (...args: Events[Name]) => void : (...args: any[]) => void

export type Emitted<Events extends EventArguments<Events>, Name> = Name extends keyof Events ? Events[Name] : any[]
