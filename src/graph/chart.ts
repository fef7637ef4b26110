// What a flow looks like, before anybody decides how to draw it: boxes, choices, loops, branches and attempts inside one another.
// Data only; made by flow-chart.ts, drawn by mermaid.ts, dot.ts and svg.ts.

/** What a box is about; drawings give each its colour. */
export type Tone = 'start' | 'call' | 'wait' | 'data' | 'choice' | 'end' | 'failure';

/** One step that holds no others, or a start or end of the flow. */
export interface Box {
  kind: 'box';
  /** Unique in the chart; letters, digits and `_`. */
  id: string;
  tone: Tone;
  /** Texts for people, the first one the most important. */
  lines: string[];
  /** It may be skipped. */
  isGuarded: boolean;
  /** The next step may follow it. */
  goesOn: boolean;
  /** It leads to the end of the loop around it, or to the head. */
  exit?: 'leave' | 'again';
}

/** One of the ways from a choice or of the branches of a `parallel`. Without parts it goes straight on. */
export interface Way {
  label: string;
  parts: Part[];
}

/** One of its ways is taken. */
export interface Choice {
  kind: 'choice';
  head: Box;
  ways: Way[];
}

/** Its parts run again and again. */
export interface Loop {
  kind: 'loop';
  head: Box;
  parts: Part[];
}

/** Its ways run at the same time. */
export interface Branches {
  kind: 'branches';
  head: Box;
  ways: Way[];
}

/** Parts, what runs after their failure, and what runs in the end whatever happened. */
export interface Attempt {
  kind: 'attempt';
  head: Box;
  parts: Part[];
  caught?: Part[];
  lastly?: Part[];
}

export type Part = Box | Choice | Loop | Branches | Attempt;

/** A whole flow. */
export interface Chart {
  title: string;
  description?: string;
  /** What starts it; at least one. */
  starts: Box[];
  parts: Part[];
  end: Box;
}
