// What two type patterns have in common. Pure; matching an event against patterns is in match.ts.

/** Whether some text fits both patterns, in which `*` stands for any text. Takes time in proportion to both lengths' product. */
export function patternsMeet(one: string, other: string): boolean {
  // meets[j]: what was read of `one` and the first j characters of `other` can stand for the same text.
  let meets = [true];
  for (const theirs of other) meets.push(meets.at(-1) === true && theirs === '*');
  for (const ours of one) {
    const next = [ours === '*' && meets[0] === true];
    for (let at = 1; at <= other.length; at += 1) {
      const theirs = other[at - 1];
      // A star takes the other side's character, or nothing.
      const isStar = ours === '*' || theirs === '*';
      next.push(isStar ? meets[at] === true || next[at - 1] === true : ours === theirs && meets[at - 1] === true);
    }
    meets = next;
  }
  return meets[other.length] === true;
}
