// A door without an address, written down on one screen: a point, a photo, a note and a kind. It is the listing form all
// the same, answered by the names of its questions; what such a form asks beyond them is asked in the ordinary way.

import type { Value } from "../engine";
import { OCCUPANCIES_LIVED_IN } from "../people";
import type { Host } from "./host";
import type { FinishView } from "./views";

const IN_PERSON = 1;

export interface PlaceView { building: number; landmark: string; point: string; photo: boolean }

export class Places {
  constructor(private readonly host: Host) {}

  /** Begins one, or goes on with one that was begun. */
  async begin(ea: number): Promise<PlaceView> {
    const { interviews } = this.host;
    await interviews.list(ea, 0, "place");
    const building = this.host.phone.page(ea)?.nextBuilding ?? 1;
    if (!(await this.#value("landmark")) && !(await this.#value("point")) && !(await this.#value("photo"))) await this.building(building, 1);
    const value = async (name: string) => String((await this.#value(name)) ?? "");
    return { building: Number(await value("building_no")), landmark: await value("landmark"), point: await value("point"), photo: (await value("photo")) !== "" };
  }

  async building(building: number, door: number): Promise<void> {
    await this.set("building_no", String(building));
    await this.set("dwelling_no", String(door));
  }

  /** Answers a question by its name, where the form asks it. */
  async set(name: string, value: Value): Promise<void> {
    const { interviews } = this.host;
    if (!(await interviews.move({ path: name })).moved) return;
    interviews.answer([{ path: name, value }]);
    await interviews.save();
  }

  async photo(bytes: Uint8Array): Promise<void> {
    const { interviews } = this.host;
    if (!(await interviews.move({ path: "photo" })).moved) throw new Error("app/no-form");
    await this.set("photo", await interviews.takeFile("photo", bytes, "jpg"));
  }

  /** Finishes it; nothing when the form has more to ask, which the interview's last screen then shows. */
  async keep(kind: string, occupancy: string): Promise<FinishView | undefined> {
    await this.set("kind", kind);
    await this.set("occupancy", occupancy);
    if (kind === "none" || OCCUPANCIES_LIVED_IN.has(occupancy)) await this.set("households", "1");
    const { interviews } = this.host;
    const { findings } = await interviews.move({ path: "review" });
    return findings?.some(({ level }) => level === "error") ? undefined : interviews.finish(IN_PERSON);
  }

  async #value(name: string): Promise<Value> {
    const { screen, moved } = await this.host.interviews.move({ path: name });
    return moved ? (screen.questions.find((q) => q.name === name)?.value ?? null) : null;
  }
}
