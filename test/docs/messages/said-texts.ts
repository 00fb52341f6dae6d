// SPDX-License-Identifier: Apache-2.0
// Every text in src that an error, a warning or an answer of the web server is made of, as the compiler's parser sees it.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CallExpression,
  type ElementAccessExpression,
  type NewExpression,
  type Node,
  type PropertyAccessExpression,
  type StringLiteral,
  SyntaxKind,
  type TemplateExpression,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface SaidText {
  /** Below src. */
  readonly file: string;
  /** With "…" for what only the moment knows. */
  readonly text: string;
}

const SOURCES = fileURLToPath(new URL('../../../../src/', import.meta.url));

/** The names of what makes an error of its arguments, writes them as a warning, or answers a client with them. */
const SPEAKERS =
  /Error$|^(super|warn|error|complain|complaint|fault|fail|refusal|invalid|failure|loadFailure|check(Result|Errno|Pointer)|createRareWarning|plainText|startChild|onProblem|explainReason|dump|request|keep|restartAfter|nonEmpty|picklist|log)$/;
/** What is kept for such an argument is named so, and a list of what is joined to one. */
const NAMES =
  /^(message|problem|cause|what|found|reason|operation|where|detail|why|refusals?|faults|unmatched|wanted|no_devices|lock_remedy|permission|record|position|interval)$/i;
/** A function that returns one is named so. */
const TELLERS = /cause|problem|failure|reason|message|explain|describe|refus|complain|fault|fail/i;

/** In the order of the files' names. */
export function saidTexts(): readonly SaidText[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('page/'))
    .sort();
  const folder = mkdtempSync(join(tmpdir(), 'xdp-messages-'));
  const config = join(folder, 'tsconfig.json');
  // Types are not asked for, and to read none but these files takes no time.
  const compilerOptions = { noLib: true, noResolve: true, types: [] };
  const files = names.map((name) => join(SOURCES, name));
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const api = new API({ cwd: folder });
  try {
    const project = api.updateSnapshot({ openProject: config }).getProject(config);
    return names.flatMap((file) => {
      const source = project?.program.getSourceFile(join(SOURCES, file));
      if (source === undefined) {
        throw new Error(`read "${file}": the compiler does not know it`);
      }
      return textsOf(source, false, '').map((text) => ({ file, text }));
    });
  } finally {
    api.close();
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param isSaid whether a text at this place is one of those that are looked for
 * @param teller the function that the place is in
 */
function textsOf(node: Node, isSaid: boolean, teller: string): string[] {
  const text = isSaid ? textOf(node) : undefined;
  const texts = text !== undefined && isSentence(text) ? [text.trim()] : [];
  const isSaidBelow = isSpoken(node, teller) ?? isSaid;
  const tellerBelow = isNamedFunction(node) ? nameOf(node) : teller;
  node.forEachChild((child) => {
    texts.push(...textsOf(child, isSaidBelow, tellerBelow));
  });
  return isComplaint(node) && texts.length > 0 ? [texts.join('; ')] : texts;
}

function textOf(node: Node): string | undefined {
  switch (node.kind) {
    case SyntaxKind.StringLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral:
      return (node as StringLiteral).text;
    case SyntaxKind.TemplateExpression: {
      const { head, templateSpans } = node as TemplateExpression;
      return [head, ...templateSpans.map(({ literal }) => literal)]
        .map(({ text }) => text)
        .join('…');
    }
    default:
      return undefined;
  }
}

/** Two words at least, beside what is filled in. */
function isSentence(text: string): boolean {
  return /\p{L}{2,}.*[ "]\p{L}{2,}/u.test(text) || /^\p{L}{2,} .*…/u.test(text);
}

/** Undefined where that is as for the node around. */
function isSpoken(node: Node, teller: string): boolean | undefined {
  switch (node.kind) {
    case SyntaxKind.CallExpression:
    case SyntaxKind.NewExpression:
      return isSpeaker((node as CallExpression | NewExpression).expression);
    case SyntaxKind.VariableDeclaration:
    case SyntaxKind.PropertyAssignment:
      return NAMES.test(nameOf(node));
    case SyntaxKind.ReturnStatement:
      return TELLERS.test(teller);
    // Nobody is told of a type.
    case SyntaxKind.LiteralType:
      return false;
    default:
      return undefined;
  }
}

/** Called with the cause and the remedy of one message. */
function isComplaint(node: Node): boolean {
  return (
    node.kind === SyntaxKind.CallExpression &&
    /\.complain$/.test((node as CallExpression).expression.getText())
  );
}

function isSpeaker(callee: Node): boolean {
  if (callee.kind === SyntaxKind.ElementAccessExpression) {
    // As in log[level](…).
    return isSpeaker((callee as ElementAccessExpression).expression);
  }
  if (callee.kind !== SyntaxKind.PropertyAccessExpression) {
    return SPEAKERS.test(callee.getText());
  }
  const { expression, name } = callee as PropertyAccessExpression;
  const word = name.getText().replace('#', '');
  const object = expression.getText();
  return (
    SPEAKERS.test(word) ||
    (['map', 'push'].includes(word) && NAMES.test(object)) ||
    `${object}.${word}` === 'process.stderr.write'
  );
}

function isNamedFunction(node: Node): boolean {
  return node.kind === SyntaxKind.FunctionDeclaration || node.kind === SyntaxKind.MethodDeclaration;
}

function nameOf(node: Node): string {
  return (node as Node & { readonly name?: Node }).name?.getText() ?? '';
}
