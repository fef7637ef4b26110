// Generated parts of Markdown pages: `<!-- generated: NAME -->` … `<!-- /generated -->`. The text around them is written by people.

const REGION = /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g;

/**
 * The page with every generated region filled.
 * @throws Error when the page names a region that nobody generates.
 */
export function fillRegions(page: string, regions: Record<string, () => string>): string {
  return page.replace(REGION, (_whole, start: string, name: string, end: string) => {
    const generate = regions[name];
    if (generate === undefined) throw new Error(`nothing generates the region "${name}"`);
    return `${start}\n${generate().trim()}\n\n${end}`;
  });
}
