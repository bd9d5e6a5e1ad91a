// Steps of a browser test: each says what it does and how long it took; the first that fails ends the run, with a picture.

import { join } from "node:path";

const { SHOTS = "" } = process.env;

/** `test`: its name, for the picture. `page`: the page to take it of. `end`: cleans up and exits with a status. */
export const steps = (test, page, end) => async (what, work) => {
  const began = Date.now();
  await work().catch(async (error) => {
    console.error(`FAILED: ${what}: ${error.message}`);
    if (SHOTS) await page()?.screenshot({ path: join(SHOTS, `${test}-failed.png`) }).catch(() => undefined);
    await end(1);
  });
  console.log(`ok  ${what} (${Date.now() - began} ms)`);
};

/** Writes over what a field holds, key by key as a person does, and looks whether every letter is there. */
export async function type(field, text, delay_ms = 10) {
  await field.fill("");
  await field.pressSequentially(text, { delay: delay_ms });
  const is = await field.inputValue();
  if (is !== text) throw new Error(`"${text}" was typed and "${is}" is there`);
}
