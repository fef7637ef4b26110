// How the pages of approvals look: one small stylesheet, allowed by its hash. No script, no font and no picture from anywhere.
import { createHash } from 'node:crypto';
import type { Html } from './html.ts';

const css = `
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1c2330;--soft:#5b6472;--line:#d5d9e0;--field:#fff;
--yes:#15703c;--no:#b3261e;--focus:#1f5fd0;--yes-soft:#e6f4ec;--no-soft:#fbeae9;--note-soft:#eef1f6}
@media (prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2029;--text:#e8ebf0;--soft:#a2abba;--line:#3a4250;
--field:#12151b;--yes:#5fcf8f;--no:#ff938a;--focus:#8ab4ff;--yes-soft:#16301f;--no-soft:#3a1c1a;--note-soft:#262d39}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
padding:clamp(.75rem,4vw,3rem) .75rem}
main{max-width:36rem;margin:0 auto;background:var(--card);border:1px solid var(--line);border-radius:14px;
padding:clamp(1.1rem,4vw,2rem);box-shadow:0 1px 3px rgb(0 0 0/.06),0 8px 24px rgb(0 0 0/.05)}
main>:last-child{margin-bottom:0}
.kind{margin:0 0 .25rem;color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
h1{margin:0 0 .75rem;font-size:1.45rem;line-height:1.3;font-weight:650;overflow-wrap:anywhere;white-space:pre-line;
unicode-bidi:plaintext}
dl{margin:0 0 1.25rem;display:grid;grid-template-columns:max-content 1fr;gap:.2rem .9rem;font-size:.925rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line;unicode-bidi:plaintext}
.box{border-radius:10px;padding:.75rem .9rem;margin:0 0 1.25rem;background:var(--note-soft);overflow-wrap:anywhere}
.box p{margin:0}.box ul{margin:.35rem 0 0;padding-left:1.2rem}.box a{color:inherit}
.box.yes{background:var(--yes-soft);border-left:4px solid var(--yes)}
.box.no{background:var(--no-soft);border-left:4px solid var(--no)}
.box strong{display:block}
fieldset{border:0;padding:0;margin:0 0 1.1rem;min-width:0}
.field{margin:0 0 1.1rem}
label,legend{display:block;font-weight:600;margin:0 0 .3rem;padding:0;overflow-wrap:anywhere}
.tick{display:flex;gap:.6rem;align-items:baseline;font-weight:400;margin:0;padding:.3rem 0;min-height:2.2rem}
.tick input{flex:none;width:1.1rem;height:1.1rem;margin:0;accent-color:var(--focus);translate:0 .15rem}
.tick.main{font-weight:600}
.optional{font-weight:400;color:var(--soft)}
.help{margin:.3rem 0 0;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
.fault{margin:.3rem 0 0;color:var(--no);font-weight:600;font-size:.925rem;overflow-wrap:anywhere}
input:not([type=radio],[type=checkbox]),textarea,select{width:100%;font:inherit;color:inherit;background:var(--field);
border:1px solid var(--line);border-radius:8px;padding:.55rem .7rem;min-height:2.75rem}
textarea{min-height:5.5rem;resize:vertical}
.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9rem}
[aria-invalid=true]{border-color:var(--no)!important}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
button{flex:1 1 9rem;font:inherit;font-weight:650;min-height:3rem;padding:.6rem 1.2rem;border-radius:10px;cursor:pointer;
border:1.5px solid currentColor;background:transparent}
button.yes{color:var(--yes)}button.no{color:var(--no)}
button.first.yes{background:var(--yes);border-color:var(--yes);color:var(--card)}
button.first.no{background:var(--no);border-color:var(--no);color:var(--card)}
button:hover{filter:brightness(1.08)}
footer{max-width:36rem;margin:1rem auto 0;color:var(--soft);font-size:.82rem;text-align:center;overflow-wrap:anywhere}
`;

/** The element. Its text is a constant of this file. */
export const style: Html = { markup: `<style>${css}</style>` };

const hash = createHash('sha256').update(css).digest('base64');

/** Nothing but this style and posting the page's own form is allowed. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
