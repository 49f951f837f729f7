import type { Appliance } from '../appliance/appliance.ts';
import type { Site } from '../config/configuration.ts';
import type { Logger } from '../platform/logger.ts';
import type { CommandContext } from './command.ts';

/** One appliance per site: the transfers of a run share its token, pace and bandwidth. */
export class Appliances {
  readonly #context: CommandContext;
  readonly #logger: Logger;
  readonly #appliances = new Map<string, Promise<Appliance>>();

  constructor(context: CommandContext, logger: Logger) {
    this.#context = context;
    this.#logger = logger;
  }

  of(site: Site): Promise<Appliance> {
    const appliance = this.#appliances.get(site.name) ?? this.#create(site);
    this.#appliances.set(site.name, appliance);
    return appliance;
  }

  async close(): Promise<void> {
    const appliances = await Promise.allSettled(this.#appliances.values());
    await Promise.all(
      appliances.map((made) => (made.status === 'fulfilled' ? made.value.close() : undefined)),
    );
  }

  async #create(site: Site): Promise<Appliance> {
    const { createAppliance } = await import('../appliance/client.ts');
    const { clock, random, environment } = this.#context;
    return createAppliance(site, {
      clock,
      random,
      env: environment,
      logger: this.#logger.with({ site: site.name }),
    });
  }
}
