// Answers that are used up: the first one that fits and has not been given as often as it says. It knows nothing of what they answer.

export interface Sequence<T> {
  /** The next answer of these, which then counts as given once more. */
  take(answers: readonly T[], fits: (answer: T) => boolean): T | undefined;
  isUsedUp(answer: T): boolean;
}

/** Counts for the answers of one case. `times`: how often each is given. */
export function createSequence<T extends { times: number }>(): Sequence<T> {
  const used = new Map<T, number>();
  const isUsedUp = (answer: T): boolean => (used.get(answer) ?? 0) >= answer.times;
  return {
    isUsedUp,
    take(answers, fits) {
      const found = answers.find((answer) => !isUsedUp(answer) && fits(answer));
      if (found !== undefined) used.set(found, (used.get(found) ?? 0) + 1);
      return found;
    },
  };
}
