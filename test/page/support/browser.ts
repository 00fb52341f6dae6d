// SPDX-License-Identifier: Apache-2.0
// A headless Chromium that looks at the live page, and what it had to complain of.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat(
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
);

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** A window of its own. */
export class Browser {
  readonly #folder: string;
  readonly #context: BrowserContext;
  readonly page: Page;
  /** Errors and warnings of the console and of scripts, and requests to anywhere else. */
  readonly complaints: string[] = [];

  private constructor(folder: string, context: BrowserContext, page: Page, origin: string) {
    this.#folder = folder;
    this.#context = context;
    this.page = page;
    page.on('console', (message) => this.complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) {
        this.complaints.push(`request: ${request.url()}`);
      }
    });
  }

  static async open(url: string, { width, colorScheme }: Look): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-browser-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: CHROMIUM,
      args: FLAGS,
      viewport: { width, height: 844 },
      colorScheme,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const browser = new Browser(folder, context, page, new URL(url).origin);
    await page.goto(url);
    return browser;
  }

  /** The first snapshot has no rates yet. */
  async live(): Promise<void> {
    await this.page.locator('#status', { hasText: /^Live/ }).waitFor({ timeout: 20_000 });
  }

  /** As another tab in front of the page does, and its end. */
  async hide(isHidden: boolean): Promise<void> {
    await this.page.evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
       document.dispatchEvent(new Event('visibilitychange'));`,
    );
  }

  /** The texts of a table's rows. */
  async rows(table: string): Promise<string[][]> {
    return await this.page
      .locator(`#${table} tr`)
      .evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
      );
  }

  /** A column of a table that is a count, by the row's name. */
  async counts(table: string, column: number): Promise<Record<string, number>> {
    const rows = await this.rows(table);
    return Object.fromEntries(
      rows.map((cells) => [cells[0], Number(cells.at(column)?.replaceAll(',', ''))]),
    );
  }

  /** What axe finds serious or critical. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const { violations, passes } = (await this.page.evaluate('axe.run()')) as AxeResults;
    assert.ok(passes.length > 20, `${passes.length} rules`);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#folder, { recursive: true });
  }
}
